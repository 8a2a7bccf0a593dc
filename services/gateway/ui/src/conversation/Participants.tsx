import { TextInput } from '@mantine/core';
import { IconMailPlus, IconX } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '@/api/types';
import { contactName } from '@/app/people';
import type { Act } from './commands';
import classes from './Participants.module.css';
import { timelineOptions } from './queries';

const ADDRESS = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/;

interface Props {
  row: Conversation;
  act: Act;
  /** Whether another one is being added. */
  adding: boolean;
  onAdding: (adding: boolean) => void;
}

/** Those who get every answer beside the customer. */
export function Participants({ row, act, adding, onAdding }: Props) {
  const { t } = useTranslation();
  const { data } = useInfiniteQuery(timelineOptions(row.id));
  const participants = data?.pages[0]?.participants ?? [];
  if (participants.length === 0 && !adding) return null;
  return (
    <div className={classes.participants} role="group" aria-label={t('conversation.participants')}>
      <span>{t('conversation.participants')}</span>
      {participants.map((each) => (
        <span key={`${each.kind}:${each.value}`} className={classes.chip} title={each.value}>
          <span dir="auto" className="n-clip">{contactName(each)}</span>
          <button type="button" aria-label={t('conversation.removeParticipant', { name: contactName(each) })} onClick={() => void act({ name: 'participants/remove', contact: each })}>
            <IconX size={12} />
          </button>
        </span>
      ))}
      {adding ? (
        <AddressField act={act} onDone={() => onAdding(false)} />
      ) : (
        <button type="button" className={classes.add} aria-label={t('conversation.addParticipant')} title={t('conversation.addParticipant')} onClick={() => onAdding(true)}>
          <IconMailPlus size={15} stroke={1.6} />
        </button>
      )}
    </div>
  );
}

function AddressField({ act, onDone }: { act: Act; onDone: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const value = text.trim().toLowerCase();
  const add = () => {
    if (!ADDRESS.test(value)) return setWrong(true);
    onDone();
    void act({ name: 'participants/add', contact: { kind: 'email', value, name: null } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') add();
    else if (event.key === 'Escape') onDone();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <TextInput
      size="xs"
      type="email"
      className={classes.field}
      autoFocus
      aria-label={t('conversation.addParticipant')}
      placeholder={t('conversation.participantHint')}
      value={text}
      error={wrong ? t('conversation.notAnAddress') : undefined}
      onChange={(event) => {
        setText(event.currentTarget.value);
        setWrong(false);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => (value ? undefined : onDone())}
    />
  );
}
