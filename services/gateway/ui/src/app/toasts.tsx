import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** One quiet line that something is done, with the way back. */
export function showDone(message: string, undoLabel: string, undo: () => void): void {
  const id = notifications.show({
    autoClose: 6000,
    withCloseButton: false,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text size="sm">{message}</Text>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {undoLabel}
        </Button>
      </Group>
    ),
  });
}
