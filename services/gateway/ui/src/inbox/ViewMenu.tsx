import { Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBookmark, IconCheck, IconChevronDown, IconPencil, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { SavedView } from '@/api/types';
import { useMayChange } from '@/app/roles';
import { sessionOptions } from '@/conversation/queries';
import { Figure } from './Figure';
import classes from './ListHeader.module.css';
import { countsOptions } from './queries';
import { type InboxSearch, sameList } from './search';
import { BUILT_IN, countOf, figureOf, type Heading, headingOf, searchOf, viewsOptions } from './views';

const SaveViewDialog = lazy(() => import('./SaveViewDialog'));
const ManageViewsDialog = lazy(() => import('./ManageViewsDialog'));

interface Props {
  search: InboxSearch;
  onChange: (next: InboxSearch) => void;
}

/** The name of the list, and the way to the others. */
export function ViewMenu({ search, onChange }: Props) {
  const { t } = useTranslation();
  const { data: counts } = useQuery(countsOptions);
  const { data: views = [] } = useQuery(viewsOptions);
  const { data: me } = useQuery(sessionOptions);
  const [saving, save] = useDisclosure();
  const [managing, manage] = useDisclosure();
  const heading = headingOf(search, views);
  const name = useHeading()(heading);
  const own = views.filter((view) => view.owner === me?.id);
  const shared = views.filter((view) => view.owner !== me?.id);
  const changeable = useMayChange() ? [...own, ...shared] : own;
  return (
    <>
      <Menu position="bottom-start" width={270}>
        <h1 className={classes.title}>
          <Menu.Target>
            <button type="button" className={classes.view}>
              <span id="list-title" className={`${classes.name} n-clip`}>
                {name}
              </span>
              <Figure value={countOf(heading, counts)} cap={counts?.cap} />
              <IconChevronDown size={15} aria-hidden />
            </button>
          </Menu.Target>
        </h1>
        <Menu.Dropdown className={`${classes.views} n-scroll`}>
          {BUILT_IN.map((view) => (
            <Menu.Item
              key={view.name}
              leftSection={<Current here={heading.kind === 'built-in' && heading.name === view.name} />}
              rightSection={<Figure value={figureOf(view.name, counts)} cap={counts?.cap} />}
              onClick={() => onChange(view.search)}
            >
              {t(`view.${view.name}`)}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<Current here={sameList(search, { status: 'any' })} />} onClick={() => onChange({ status: 'any' })}>
            {t('view.any')}
          </Menu.Item>
          <SavedViews title={t('view.own')} views={own} heading={heading} onChange={onChange} />
          <SavedViews title={t('view.shared')} views={shared} heading={heading} onChange={onChange} />
          {heading.kind === 'built-in' && changeable.length === 0 ? null : <Menu.Divider />}
          {heading.kind === 'built-in' || heading.kind === 'saved' ? null : (
            <Menu.Item leftSection={<IconBookmark size={14} />} onClick={save.open}>
              {t('view.save')}
            </Menu.Item>
          )}
          {changeable.length > 0 ? (
            <Menu.Item leftSection={<IconPencil size={14} />} onClick={manage.open}>
              {t('view.manage')}
            </Menu.Item>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {saving ? <SaveViewDialog search={search} onClose={save.close} /> : null}
        {managing ? <ManageViewsDialog views={changeable} onClose={manage.close} /> : null}
      </Suspense>
    </>
  );
}

function SavedViews({ title, views, heading, onChange }: { title: string; views: readonly SavedView[]; heading: Heading } & Pick<Props, 'onChange'>) {
  if (views.length === 0) return null;
  return (
    <>
      <Menu.Label>{title}</Menu.Label>
      {views.map((view) => (
        <Menu.Item
          key={view.id}
          leftSection={<Current here={heading.kind === 'saved' && heading.view.id === view.id} />}
          rightSection={view.shared ? <IconUsers size={13} className={classes.shared} aria-hidden /> : null}
          onClick={() => onChange(searchOf(view))}
        >
          <span className={classes.viewName}>{view.name}</span>
        </Menu.Item>
      ))}
    </>
  );
}

function Current({ here }: { here: boolean }) {
  return <IconCheck size={14} aria-hidden style={{ visibility: here ? 'visible' : 'hidden' }} />;
}

/** What a list is called in the agent's language. */
function useHeading(): (heading: Heading) => string {
  const { t } = useTranslation();
  return (heading) => {
    switch (heading.kind) {
      case 'saved':
        return heading.view.name;
      case 'found':
        return t('view.found');
      case 'built-in':
        return t(`view.${heading.name}`);
      case 'status':
        return t(`view.${heading.status}`);
    }
  };
}
