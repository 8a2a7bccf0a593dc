import { ActionIcon, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconUserMinus, IconUserPlus, IconUsers, IconUsersPlus } from '@tabler/icons-react';
import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { command } from '@/api/client';
import type { ContactPoint, Conversation, Timeline } from '@/api/types';
import { newId } from '@/app/ids';
import { contactName, Initials } from '@/app/people';
import { problemText } from '@/app/problems';
import { workersOptions } from '@/app/roles';
import { Tooltip } from '@/app/Tooltip';
import type { Draft } from '@/conversation/draft';
import { refreshTimeline, spread, timelineOptions } from '@/conversation/queries';
import { AddressInput } from './AddressInput';
import classes from './RecipientFields.module.css';
import { chosen, type Recipients, sameRecipients } from './recipients';

const newest = (data: InfiniteData<Timeline>) => data.pages[0];

/** To whom an answer goes, and to whom it could: as the server says. */
export function useRecipients(row: Conversation) {
  const { data } = useInfiniteQuery({ ...timelineOptions(row.id), select: newest });
  return {
    reply: data?.reply ?? { to: [], cc: [] },
    all: data?.reply_all ?? { to: [], cc: [] },
    aside: data?.aside ?? { to: [], cc: [] },
    participants: data?.participants ?? [],
  };
}

interface Props {
  row: Conversation;
  draft: Draft;
  change: (fields: Partial<Draft>) => void;
  onBad: (field: string, text: string) => void;
}

/** How far the agent has gone with the recipients of an answer: they are a line, fields, or the agent's own choice. */
export type Handling = 'closed' | 'open' | 'touched';

interface AnswerProps extends Props {
  handling: Handling;
  onHandle: (handling: Handling) => void;
}

/** The recipients of an answer by mail. As long as nobody touches them, the server's choice stands. */
export function RecipientFields({ row, draft, change, onBad, handling, onHandle }: AnswerProps) {
  const { t } = useTranslation();
  const { reply, all, aside, participants } = useRecipients(row);
  const [bcc, setBcc] = useState(false);
  const own = handling === 'touched' || draft.to.length > 0;
  const open = own || handling === 'open';
  if (bcc && !open) setBcc(false); // the next answer begins without
  const shown = chosen(draft, reply, own);
  const toAll = own && sameRecipients(shown.to, all.to) && sameRecipients(shown.cc, all.cc);
  const toThird = own && sameRecipients(shown.to, aside.to) && shown.cc.length === 0;
  const canAll = !sameRecipients(all.cc, reply.cc);
  const set = (fields: Partial<Pick<Draft, 'to' | 'cc'>>) => {
    onHandle('touched');
    change({ to: [...shown.to], cc: [...shown.cc], ...fields });
  };
  const leaveIt = () => {
    onHandle('closed');
    change({ to: [], cc: [] });
  };
  return (
    <div className={`${classes.fields} n-scroll`}>
      <div className={classes.line}>
        <span className={classes.label}>{t('recipients.to')}</span>
        {open ? (
          <AddressInput label={t('recipients.to')} value={shown.to} onChange={(to) => set({ to })} onBad={(text) => onBad('to', text)} />
        ) : (
          <button type="button" dir="auto" className={`${classes.closed} n-clip`} onClick={() => onHandle('open')} title={shown.to.map((each) => each.value).join(', ')}>
            <span className="n-hidden">{t('recipients.change')}: </span>
            {[...shown.to, ...shown.cc].map(contactName).join(', ') || row.contact.value}
          </button>
        )}
        <span className={classes.choices}>
          {aside.to.map((third) => (
            <button key={third.value} type="button" className={classes.choice} aria-pressed={toThird} title={t('recipients.asideWhy')} onClick={() => (toThird ? leaveIt() : set({ to: [third], cc: [] }))}>
              {t('recipients.aside', { name: contactName(third) })}
            </button>
          ))}
          {canAll ? (
            <button type="button" className={classes.choice} aria-pressed={toAll} onClick={() => (toAll ? leaveIt() : set({ to: [...all.to], cc: [...all.cc] }))}>
              {t('recipients.all')}
            </button>
          ) : null}
          {open ? null : (
            <button type="button" className={classes.choice} onClick={() => onHandle('open')}>
              {t('recipients.cc')}
            </button>
          )}
          {open && !bcc && draft.bcc.length === 0 ? (
            <button type="button" className={classes.choice} onClick={() => setBcc(true)}>
              {t('recipients.bcc')}
            </button>
          ) : null}
          <PeopleMenu row={row} shown={shown} participants={participants} />
        </span>
      </div>
      {open ? (
        <div className={classes.line}>
          <span className={classes.label}>{t('recipients.cc')}</span>
          <AddressInput label={t('recipients.cc')} value={shown.cc} onChange={(cc) => set({ cc })} onBad={(text) => onBad('cc', text)} placeholder={t('recipients.hint')} autoFocus={!own} />
        </div>
      ) : null}
      {bcc || draft.bcc.length > 0 ? (
        <div className={classes.line}>
          <span className={classes.label}>{t('recipients.bcc')}</span>
          <AddressInput label={t('recipients.bcc')} value={draft.bcc} onChange={(next) => {
              setBcc(true); // the field stays when its last address goes
              change({ bcc: next });
            }} onBad={(text) => onBad('bcc', text)} placeholder={t('recipients.hint')} autoFocus={draft.bcc.length === 0} />
        </div>
      ) : null}
    </div>
  );
}

/** To, copy and blind copy of a mail that has no recipients yet. */
export function PlainRecipients({ draft, change, onBad, autoFocus }: Omit<Props, 'row'> & { autoFocus?: boolean }) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const copies = more || draft.cc.length + draft.bcc.length > 0;
  return (
    <div className={`${classes.fields} n-scroll`}>
      <div className={classes.line}>
        <span className={classes.label}>{t('recipients.to')}</span>
        <AddressInput label={t('recipients.to')} value={draft.to} onChange={(to) => change({ to })} onBad={(text) => onBad('to', text)} placeholder={t('recipients.hint')} autoFocus={autoFocus} />
        {copies ? null : (
          <button type="button" className={classes.choice} onClick={() => setMore(true)}>
            {t('recipients.cc')} / {t('recipients.bcc')}
          </button>
        )}
      </div>
      {copies
        ? (['cc', 'bcc'] as const).map((field) => (
            <div key={field} className={classes.line}>
              <span className={classes.label}>{t(`recipients.${field}`)}</span>
              <AddressInput label={t(`recipients.${field}`)} value={draft[field]} onChange={(points) => {
                  setMore(true); // the fields stay when their last address goes
                  change({ [field]: points });
                }} onBad={(text) => onBad(field, text)} />
            </div>
          ))
        : null}
    </div>
  );
}

interface PeopleProps {
  row: Conversation;
  shown: Recipients;
  participants: readonly ContactPoint[];
}

/** Who takes part from now on: recipients of every answer, and colleagues who follow. */
function PeopleMenu({ row, shown, participants }: PeopleProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: agents = [] } = useQuery(workersOptions);
  const known = new Set([row.contact.value, ...participants.map((each) => each.value)]);
  const others = [...shown.to, ...shown.cc].filter((each) => !known.has(each.value));
  const colleagues = agents.filter((agent) => !row.followers.includes(agent.id));

  const tell = async (action: string, fields: Record<string, unknown>, done: string) => {
    try {
      const { conversation } = await command(row.id, action, { command_id: newId(), ...fields });
      spread(client, conversation);
      notifications.show({ message: done, autoClose: 4000 });
      await refreshTimeline(client, row.id).catch(() => undefined); // the live stream brings it as well
    } catch (error) {
      notifications.show({ color: 'red', title: t('failed.people'), message: problemText(t, error), autoClose: 8000 });
    }
  };
  const [opened, setOpened] = useState(false);
  return (
    <Menu width={290} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Tooltip label={t('recipients.people')} disabled={opened}>
          <ActionIcon size={26} aria-label={t('recipients.people')}>
            <IconUsers size={16} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown className={`${classes.menu} n-scroll`}>
        <Menu.Label>{t('recipients.always')}</Menu.Label>
        {others.map((each) => (
          <Menu.Item key={each.value} leftSection={<IconUserPlus size={15} stroke={1.6} />} onClick={() => void tell('participants/add', { contact: each }, t('recipients.added', { name: contactName(each) }))}>
            {t('recipients.add', { name: contactName(each) })}
          </Menu.Item>
        ))}
        {participants.map((each) => (
          <Menu.Item key={each.value} leftSection={<IconUserMinus size={15} stroke={1.6} />} onClick={() => void tell('participants/remove', { contact: each }, t('recipients.removed', { name: contactName(each) }))}>
            {t('recipients.drop', { name: contactName(each) })}
          </Menu.Item>
        ))}
        {others.length + participants.length === 0 ? <p className={classes.none}>{t('recipients.none')}</p> : null}
        <Menu.Divider />
        <Menu.Label>{t('recipients.colleagues')}</Menu.Label>
        {colleagues.map((agent) => (
          <Menu.Item key={agent.id} leftSection={<Initials name={agent.name} seed={agent.id} size={18} />} onClick={() => void tell('follow', { agent_id: agent.id }, t('recipients.follows', { name: agent.name }))}>
            {agent.name}
          </Menu.Item>
        ))}
        {colleagues.length === 0 ? (
          <p className={classes.none}>
            <IconUsersPlus size={15} stroke={1.6} aria-hidden /> {t('recipients.allFollow')}
          </p>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
