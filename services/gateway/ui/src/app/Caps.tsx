import { useTranslation } from 'react-i18next';
import classes from './Caps.module.css';

const MOD = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** "Mod K" as the caps of this machine's keyboard; "J | ↓" are two keys for the same. */
export function Caps({ keys }: { keys: string }) {
  const { t } = useTranslation();
  return (
    <span className={classes.caps}>
      {keys.split(' ').map((key) => (key === '|' ? '/' : <kbd key={key}>{key === 'Mod' ? MOD : key === 'Space' ? t('keys.space') : key}</kbd>))}
    </span>
  );
}
