import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Caps } from './Caps';
import classes from './HelpSheet.module.css';
import { KEYS, type KeyGroup, keysOf } from './keys';
import { useWorks } from './roles';

export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const works = useWorks();
  const groups = works ? (Object.keys(KEYS) as KeyGroup[]) : (['go'] as const);
  return (
    <Modal opened onClose={onClose} title={t('keys.title')} size={640} closeButtonProps={{ 'aria-label': t('close') }}>
      <div className={classes.groups}>
        {groups.map((group) => (
          <section key={group}>
            <h3 className={classes.heading}>{t(`keys.group.${group}`)}</h3>
            <dl className={classes.list}>
              {keysOf(group).filter(([, word]) => works || word !== 'inbox').map(([keys, word]) => (
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
