import { Button, Group, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './Here.module.css';

/** Asks whether an answer is to leave although a colleague (`name`) has answered meanwhile. */
export default function CrossingDialog({ name, onAnswer }: { name: string; onAnswer: (send: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={() => onAnswer(false)} title={t('here.crossTitle', { name })} closeButtonProps={{ 'aria-label': t('close') }}>
      <p className={classes.question}>{t('here.crossText')}</p>
      <Group justify="flex-end">
        <Button variant="default" data-autofocus onClick={() => onAnswer(false)}>
          {t('here.look')}
        </Button>
        <Button onClick={() => onAnswer(true)}>{t('here.sendAnyway')}</Button>
      </Group>
    </Modal>
  );
}
