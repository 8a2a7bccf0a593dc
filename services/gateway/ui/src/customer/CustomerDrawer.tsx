import { Drawer } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import classes from './CustomerPanel.module.css';
import { CustomerPanel } from './CustomerPanel';

interface Props {
  row: Conversation;
  opened: boolean;
  onClose: () => void;
}

/** The customer over the conversation, where beside it is no room. */
export default function CustomerDrawer({ row, opened, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size={360} title={t('customer.title')} closeButtonProps={{ 'aria-label': t('close') }} classNames={{ body: classes.drawer }}>
      <CustomerPanel row={row} />
    </Drawer>
  );
}
