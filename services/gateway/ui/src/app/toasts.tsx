import { Button, Group, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Notifications, notifications } from '@mantine/notifications';

/** Where messages appear: over the customer on a wide screen, never over the composer. */
export function Toasts() {
  const wide = useMediaQuery('(width >= 1200px)', true, { getInitialValueInEffect: false });
  return <Notifications position={wide ? 'bottom-right' : 'top-center'} limit={4} containerWidth={340} />;
}

/** One quiet line that something is done, with the one thing to do about it: most often the way back. */
export function showDone(message: string, label: string, act: () => void): void {
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
            act();
          }}
        >
          {label}
        </Button>
      </Group>
    ),
  });
}
