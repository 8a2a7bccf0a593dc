import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Caps } from './Caps';
import classes from './HelpSheet.module.css';
import { KEYS, type KeyGroup, keysOf } from './keys';

export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('keys.title')} size={640} closeButtonProps={{ 'aria-label': t('close') }}>
      <div className={classes.groups}>
        {(Object.keys(KEYS) as KeyGroup[]).map((group) => (
          <section key={group}>
            <h3 className={classes.heading}>{t(`keys.group.${group}`)}</h3>
            <dl className={classes.list}>
              {keysOf(group).map(([keys, word]) => (
                <div key={keys}>
                  <dt>{t(`keys.${word}`)}</dt>
                  <dd>
                    <Caps keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={classes.foot}>{t('keys.foot')}</p>
    </Modal>
  );
}
