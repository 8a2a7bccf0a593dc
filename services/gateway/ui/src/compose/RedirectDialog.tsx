import { Button, Group, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command } from '@/api/client';
import type { ContactPoint, Conversation, MessageItem } from '@/api/types';
import { newId } from '@/app/ids';
import { contactName } from '@/app/people';
import { problemText } from '@/app/problems';
import { draftKey } from '@/conversation/draft';
import { refreshTimeline, spread } from '@/conversation/queries';
import { usePreferences } from '@/personal/preferences';
import { AddressInput } from './AddressInput';
import { announce, forget, settle } from './held';

/** Hand a received mail to somebody else as it came. */
export default function RedirectDialog({ row, message, onClose }: { row: Conversation; message: MessageItem; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [to, setTo] = useState<ContactPoint[]>([]);
  const [bad, setBad] = useState('');
  const [busy, setBusy] = useState(false);
  // The same id for the same receivers, so that a doubtful try is not carried out twice; others are another command.
  const [commandId, setCommandId] = useState(newId);
  const choose = (next: ContactPoint[]) => {
    setTo(next);
    setCommandId(newId());
  };
  const { undo_seconds: hold } = usePreferences();
  const send = async () => {
    setBusy(true);
    if (hold > 0) announce(commandId, null, row, { hold, then: { name: 'nothing' }, key: draftKey(row.id, 'forward') });
    try {
      const redirect = { command_id: commandId, mode: 'redirect', message_id: message.id, to, hold_seconds: hold };
      const result = await command(row.id, 'forward', redirect);
      spread(client, result.conversation);
      void refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
      if (hold > 0) void settle(client, t, commandId, result);
      else notifications.show({ message: t('forward.redirected', { names: to.map(contactName).join(', ') }), autoClose: 5000 });
      onClose();
    } catch (error) {
      forget(commandId);
      notifications.show({ color: 'red', title: t('failed.redirect'), message: problemText(t, error), autoClose: 8000 });
      setBusy(false);
    }
  };
  const name = contactName(message.author ?? row.contact);
  return (
    <Modal opened onClose={onClose} title={t('forward.redirectTitle')} size={460} closeButtonProps={{ 'aria-label': t('close') }}>
      <Text size="sm" mb="sm">
        {t('forward.redirectText', { name })}
      </Text>
      <div style={{ borderBottom: '1px solid var(--n-line-strong)' }}>
        <AddressInput label={t('recipients.to')} value={to} onChange={choose} onBad={setBad} placeholder={t('recipients.hint')} autoFocus />
      </div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button disabled={to.length === 0 || bad !== ''} loading={busy} onClick={() => void send()}>
          {t('forward.redirectSend')}
        </Button>
      </Group>
    </Modal>
  );
}
