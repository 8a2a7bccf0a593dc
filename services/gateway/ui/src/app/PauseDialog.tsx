import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { REASON_MAX } from './presence';

/** A pause for a reason of the agent's own. */
export default function PauseDialog({ onClose, onPause }: { onClose: () => void; onPause: (reason: string) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <Modal opened onClose={onClose} title={t('presence.paused')} size="sm" closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onPause(reason.trim());
          onClose();
        }}
      >
        <TextInput
          label={t('presence.why')}
          description={t('presence.seen')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={REASON_MAX}
          required
          data-autofocus
        />
        <Group justify="flex-end" mt="lg">
          <Button type="submit" disabled={reason.trim() === ''}>
            {t('presence.pause')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
