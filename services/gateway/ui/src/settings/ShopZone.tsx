import { useMayChange } from '@/app/roles';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { saveShop, shopOptions } from './queries';
import { Setting, useChange, useProblem } from './shared';
import { ZoneSelect } from './ZoneSelect';
import page from './SettingsPage.module.css';
import classes from './shop.module.css';

/** Whose days and clock everybody sees. */
export function ShopZone() {
  const { t } = useTranslation();
  const mayChange = useMayChange();
  const problem = useProblem();
  const { data: shop } = useQuery(shopOptions);
  const save = useChange((time_zone: string | null) => saveShop({ ...shop?.settings, time_zone }), [shopOptions.queryKey]);
  if (!shop) return null;
  const zone = shop.settings.time_zone ?? null;
  return (
    <div className={page.box}>
      <Setting title={t('shop.zone.title')} text={t(zone ? 'shop.zone.text' : 'shop.zone.ownText')}>
        {mayChange ? (
          <ZoneSelect aria-label={t('shop.zone.title')} value={zone} onChange={save.mutate} error={problem(save.error)} disabled={save.isPending} none={t('shop.zone.own')} w={260} />
        ) : (
          <span className={classes.dim}>{zone ?? t('shop.zone.own')}</span>
        )}
      </Setting>
    </div>
  );
}
