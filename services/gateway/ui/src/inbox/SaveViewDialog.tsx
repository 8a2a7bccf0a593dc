import { Button, Group, Modal, Switch, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '@/app/problems';
import type { InboxSearch } from './search';
import { createView, viewsOptions, written } from './views';

export const VIEW_NAME_MAX = 60;

/** Give the list on screen a name. */
export default function SaveViewDialog({ search, onClose }: { search: InboxSearch; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () => createView({ name: name.trim(), search: written(search), shared }),
    onSuccess: (view) => {
      client.setQueryData(viewsOptions.queryKey, (views = []) => [...views.filter((each) => each.id !== view.id), view]);
      notifications.show({ message: t('view.saved', { name: view.name }), autoClose: 4000 });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: viewsOptions.queryKey }),
  });
  return (
    <Modal opened onClose={onClose} title={t('view.saveTitle')} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t('view.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={VIEW_NAME_MAX}
          required
          data-autofocus
          error={save.error ? problemText(t, save.error) : null}
        />
        <Switch mt="md" label={t('view.share')} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
        <Group justify="flex-end" mt="lg">
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
            {t('view.submit')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
