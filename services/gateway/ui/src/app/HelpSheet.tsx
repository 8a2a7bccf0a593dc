import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Caps } from './Caps';
import classes from './HelpSheet.module.css';

/** Every key, in the groups of the help sheet. */
export const KEYS = {
  move: { J: 'down', K: 'up', Enter: 'open', '/': 'search', Esc: 'back', Space: 'serve' },
  conversation: {
    R: 'reply',
    N: 'note',
    A: 'assign',
    L: 'label',
    S: 'snooze',
    E: 'close',
    O: 'reopen',
    U: 'unread',
    C: 'customer',
  },
  write: { 'Mod Enter': 'send', 'Shift Mod Enter': 'sendClose' },
  go: { 'G I': 'inbox', 'G R': 'reports', 'G S': 'settings', 'Mod K': 'palette', '?': 'help' },
} as const;

export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('keys.title')} size={640} closeButtonProps={{ 'aria-label': t('close') }}>
      <div className={classes.groups}>
        {(Object.keys(KEYS) as (keyof typeof KEYS)[]).map((group) => (
          <section key={group}>
            <h3 className={classes.heading}>{t(`keys.group.${group}`)}</h3>
            <dl className={classes.list}>
              {Object.entries<Words>(KEYS[group]).map(([keys, word]) => (
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

type Groups = typeof KEYS;
type Words = { [G in keyof Groups]: Groups[G][keyof Groups[G]] }[keyof Groups];
