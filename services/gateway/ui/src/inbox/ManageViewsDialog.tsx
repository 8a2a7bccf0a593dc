import { ActionIcon, Modal, Switch, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SavedView } from '@/api/types';
import { useAgentName } from '@/app/people';
import { problemText } from '@/app/problems';
import { showUndo } from '@/app/toasts';
import { Tooltip } from '@/app/Tooltip';
import { sessionOptions } from '@/conversation/queries';
import classes from './ManageViewsDialog.module.css';
import { VIEW_NAME_MAX } from './SaveViewDialog';
import { createView, deleteView, updateView, type ViewBody, viewsOptions } from './views';

/** Rename, share and delete views: one's own, and for supervisors those that others share. */
export default function ManageViewsDialog({ views, onClose }: { views: readonly SavedView[]; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('view.manageTitle')} size={520} closeButtonProps={{ 'aria-label': t('close') }}>
      {views.length === 0 ? <p className={classes.none}>{t('view.noneOwn')}</p> : null}
      <ul className={classes.views}>
        {views.map((view) => (
          <View key={view.id} view={view} />
        ))}
      </ul>
    </Modal>
  );
}

function View({ view }: { view: SavedView }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(view.name);
  const { data: me } = useQuery(sessionOptions);
  const agentName = useAgentName();
  const readAnew = () => client.invalidateQueries({ queryKey: viewsOptions.queryKey });
  const put = (changed: SavedView) =>
    client.setQueryData(viewsOptions.queryKey, (views) => views?.map((each) => (each.id === changed.id ? changed : each)));
  const save = useMutation({
    mutationFn: (change: Partial<ViewBody>) => updateView(view.id, { name: view.name, search: view.search, shared: view.shared, ...change }),
    onSuccess: put,
    onError: (error) => {
      setName(view.name);
      notifications.show({ color: 'red', title: t('failed.view'), message: problemText(t, error) });
    },
    onSettled: readAnew,
  });
  const remove = useMutation({
    mutationFn: () => deleteView(view.id),
    onSuccess: () => {
      client.setQueryData(viewsOptions.queryKey, (views) => views?.filter((each) => each.id !== view.id));
      const { name: called, search, shared } = view;
      // Brought back, a colleague's view belongs to whoever did that.
      showUndo(t, t('view.deleted', { name: called }), () => void createView({ name: called, search, shared }).then(readAnew));
    },
    onError: (error) => notifications.show({ color: 'red', title: t('failed.viewDelete'), message: problemText(t, error) }),
    onSettled: readAnew,
  });
  const rename = () => {
    const wanted = name.trim();
    if (wanted === '' || wanted === view.name) setName(view.name);
    else save.mutate({ name: wanted });
  };
  return (
    <li className={classes.view}>
      <TextInput
        className={classes.name}
        aria-label={t('view.nameOf', { name: view.name })}
        value={name}
        maxLength={VIEW_NAME_MAX}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <Switch
        size="xs"
        label={view.owner === me?.id ? t('view.share') : t('view.sharedBy', { name: agentName(view.owner) })}
        aria-label={t('view.shareOf', { name: view.name })}
        checked={view.shared}
        disabled={save.isPending}
        onChange={(event) => save.mutate({ shared: event.currentTarget.checked })}
      />
      <Tooltip label={t('view.delete', { name: view.name })}>
        <ActionIcon aria-label={t('view.delete', { name: view.name })} loading={remove.isPending} onClick={() => remove.mutate()}>
          <IconTrash size={16} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}
