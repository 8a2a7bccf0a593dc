/** What the pages of the shop's settings have in common. */
import { Button, Group, Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/client';
import { problemText } from '@/app/problems';
import page from './SettingsPage.module.css';
import classes from './shop.module.css';

/** Save or delete something, then read what depends on it again. */
export function useChange<T, R>(run: (value: T) => Promise<R>, keys: readonly QueryKey[], done?: (result: R) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async (result) => {
      await Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
      done?.(result);
    },
  });
}

/** Our words for what only settings are refused for; the server's own name the rules and variables. */
export function useProblem(): (error: unknown) => string | null {
  const { t } = useTranslation();
  return (error) => {
    if (!error) return null;
    const own = error instanceof Problem ? OWN.find((code) => code === error.code) : undefined;
    return own ? t(`shop.problem.${own}`) : problemText(t, error);
  };
}

const OWN = ['in_use', 'bad_template', 'no_template', 'too_many', 'unknown_country', 'unknown_subdivision'] as const;

interface EditorProps {
  title: string;
  /** What is being edited, as it is now: plain values. */
  draft: unknown;
  onClose: () => void;
  onSubmit: () => void;
  saving: boolean;
  complete: boolean;
  error: unknown;
  /** What stands beside the buttons. */
  beside?: ReactNode;
  children: ReactNode;
  size?: number;
}

/** A form over the page; the whole screen on a phone. Nothing that was changed in it goes without being asked. */
export function Editor({ title, draft, onClose, onSubmit, saving, complete, error, beside, children, size = 760 }: EditorProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  const small = useMediaQuery('(width < 620px)', false, { getInitialValueInEffect: false });
  const [first] = useState(() => JSON.stringify(draft));
  const [asking, setAsking] = useState(false);
  const leave = () => (JSON.stringify(draft) === first ? onClose() : setAsking(true));
  return (
    <Modal
      opened
      onClose={leave}
      closeOnClickOutside={false}
      closeOnEscape={!asking}
      title={title}
      size={size}
      fullScreen={small}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {error ? (
          <p className={classes.error} role="alert">
            {problem(error)}
          </p>
        ) : null}
        <div className={classes.foot}>
          <span>{beside}</span>
          <Button variant="default" onClick={leave}>
            {t('shop.cancel')}
          </Button>
          <Button type="submit" loading={saving} disabled={!complete}>
            {t('shop.save')}
          </Button>
        </div>
      </form>
      {asking ? <AskDiscard onStay={() => setAsking(false)} onDiscard={onClose} /> : null}
    </Modal>
  );
}

/** Before changes that were not saved are gone. */
function AskDiscard({ onStay, onDiscard }: { onStay: () => void; onDiscard: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onStay} title={t('shop.unsaved')} size={400} closeButtonProps={{ 'aria-label': t('close') }}>
      <p className={classes.dim}>{t('shop.unsavedText')}</p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onStay} data-autofocus>
          {t('shop.goOn')}
        </Button>
        <Button color="red" onClick={onDiscard}>
          {t('shop.discard')}
        </Button>
      </Group>
    </Modal>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  error: unknown;
  pending: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Before something is gone. */
export function ConfirmDelete({ title, text, error, pending, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  const problem = useProblem();
  return (
    <Modal opened onClose={onClose} title={title} size={440} closeButtonProps={{ 'aria-label': t('close') }}>
      <p className={classes.dim}>{text}</p>
      {error ? (
        <p className={classes.error} role="alert">
          {problem(error)}
        </p>
      ) : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('shop.cancel')}
        </Button>
        <Button color="red" loading={pending} onClick={onConfirm}>
          {t('shop.delete')}
        </Button>
      </Group>
    </Modal>
  );
}

/** One thing to set, with what it means. */
export function Setting({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={page.setting}>
      <div>
        <h3>{title}</h3>
        <p>{text}</p>
      </div>
      {children}
    </section>
  );
}
