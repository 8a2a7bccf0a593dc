import { Button, Skeleton } from '@mantine/core';
import {
  IconAlertTriangle,
  IconClick,
  IconEye,
  IconMail,
  IconMailPlus,
  IconPhone,
  IconShoppingBag,
  IconUserQuestion,
  type TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, CustomerCard, Money } from '@/api/types';
import { useFormat } from '@/app/format';
import { contactName, Initials } from '@/app/people';
import { ErrorState } from '@/app/states';
import { useDelayed } from '@/app/useDelayed';
import { useNow } from '@/app/useNow';
import classes from './CustomerPanel.module.css';
import { Conversations, Notes } from './History';
import { Orders } from './Orders';
import { customerOptions } from './queries';
import { Section } from './Section';
import { SegmentWord } from './SegmentWord';

/** The person behind the conversation. */
export function CustomerPanel({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  const query = useQuery(customerOptions(row));
  const late = useDelayed(query.isPending);
  const name = query.data?.name || contactName(row.contact);
  return (
    <aside className={`${classes.panel} n-scroll`} aria-label={t('customer.title')}>
      <div className={classes.person}>
        <Initials name={name} seed={row.contact.value} size={44} />
        <div className={classes.names}>
          <h2 dir="auto" className="n-clip" title={name}>
            {name}
          </h2>
          {query.data ? <SegmentWord segment={query.data.segment} /> : <span className={classes.dim}>{query.data === null ? t('customer.unknown') : ' '}</span>}
        </div>
      </div>
      {writeTo(row, query.data) ? (
        <Button
          renderRoot={(props) => <Link to="/inbox/new" search={(old) => ({ ...old, to: writeTo(row, query.data) })} {...props} />}
          className={classes.write}
          variant="default"
          size="compact-sm"
          leftSection={<IconMailPlus size={15} stroke={1.6} />}
        >
          {t('compose.writeTo')}
        </Button>
      ) : null}
      {query.error && !query.data ? <ErrorState error={query.error} retry={() => void query.refetch()} /> : null}
      {late ? (
        <div className={classes.waiting}>
          <Skeleton height={38} radius="md" />
          <Skeleton height={90} radius="md" />
        </div>
      ) : null}
      {query.data === null ? <Unknown row={row} /> : null}
      {query.data ? <Card card={query.data} row={row} /> : null}
    </aside>
  );
}

/** The customer's mail address: the one of the conversation, else the first that works. */
function writeTo(row: Conversation, card: CustomerCard | null | undefined): string | undefined {
  if (row.contact.kind === 'email') return row.contact.value;
  return card?.contacts.find((each) => each.kind === 'email' && !card.undeliverable.includes(each.value))?.value;
}

function Unknown({ row }: { row: Conversation }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.unknown}>
        <IconUserQuestion size={20} stroke={1.5} aria-hidden />
        <p>{t('customer.unknownText')}</p>
      </div>
      <Conversations row={row} />
      <Section name="contacts" title={t('customer.contacts')}>
        <ContactLine kind={row.contact.kind} value={row.contact.value} />
      </Section>
    </>
  );
}

function Card({ card, row }: { card: CustomerCard; row: Conversation }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Figures card={card} />
      <Section name="orders" title={t('customer.orders')} count={card.orders}>
        <Orders orders={card.recent_orders} />
      </Section>
      <Conversations row={row} />
      {row.customer_id ? <Notes customerId={row.customer_id} /> : null}
      <Section name="activity" title={t('customer.activity')}>
        <Activity card={card} />
      </Section>
      <Section name="contacts" title={t('customer.contacts')}>
        {card.contacts.map((each) => (
          <ContactLine key={`${each.kind}:${each.value}`} kind={each.kind} value={each.value} bad={card.undeliverable.includes(each.value) || card.undeliverable.includes(`${each.kind}:${each.value}`)} />
        ))}
        <p className={classes.seen}>
          {t('customer.firstSeen', { date: format.date(card.first_seen) })}
          {card.last_visit ? ` · ${t('customer.lastVisit', { date: format.date(card.last_visit) })}` : ''}
        </p>
      </Section>
    </>
  );
}

function Figures({ card }: { card: CustomerCard }) {
  const { t } = useTranslation();
  const format = useFormat();
  const first = (sums: readonly Money[]) => (sums[0] ? format.money(sums[0]) : '–');
  const all = (sums: readonly Money[]) => sums.map(format.money).join(' + ');
  const figures = [
    { name: t('customer.orders'), value: format.number(card.orders), title: card.orders_per_month === null ? '' : t('customer.perMonth', { count: Math.round(card.orders_per_month * 10) / 10 }) },
    { name: t('customer.value'), value: first(card.order_value), title: all(card.order_value) },
    { name: t('customer.average'), value: first(card.average_order_value), title: all(card.average_order_value) },
    { name: t('customer.visits'), value: format.number(card.visits), title: '' },
  ];
  return (
    <dl className={classes.figures}>
      {figures.map((each) => (
        <div key={each.name} title={each.title || undefined}>
          <dt>{each.name}</dt>
          <dd className="n-figures">{each.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function ContactLine({ kind, value, bad = false }: { kind: string; value: string; bad?: boolean }) {
  const { t } = useTranslation();
  const Icon = kind === 'phone' ? IconPhone : IconMail;
  return (
    <p className={classes.contact}>
      <Icon size={15} stroke={1.6} aria-hidden />
      <span className="n-clip" title={value}>
        {value}
      </span>
      {bad ? (
        <span className={classes.bad}>
          <IconAlertTriangle size={13} aria-hidden /> {t('customer.undeliverable')}
        </span>
      ) : null}
    </p>
  );
}

const ACTIVITY: Record<string, TablerIcon> = { visit: IconClick, product_view: IconEye, order: IconShoppingBag, message: IconMail };

/** The newest ones; the others are a click away. */
const ACTIVITY_SHOWN = 8;

function Activity({ card }: { card: CustomerCard }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const [all, setAll] = useState(false);
  const shown = all ? card.activity : card.activity.slice(0, ACTIVITY_SHOWN);
  const hidden = card.activity.length - shown.length;
  const words = { visit: 'customer.visit', product_view: 'customer.productView', order: 'customer.order', message: 'customer.message' } as const;
  if (card.activity.length === 0) return <p className={classes.none}>{t('customer.noActivity')}</p>;
  return (
    <>
      <ol className={classes.activity}>
        {shown.map((each, index) => {
          const Icon = ACTIVITY[each.kind] ?? IconClick;
          const word = words[each.kind as keyof typeof words];
          return (
            <li key={`${each.at} ${index}`}>
              <Icon size={15} stroke={1.6} aria-hidden />
              <span className={classes.what} title={each.text}>
                {word ? t(word, { text: each.text }) : each.text}
              </span>
              <time dateTime={each.at} title={format.absolute(each.at)}>
                {format.relative(each.at, now, t('time.now'))}
              </time>
            </li>
          );
        })}
      </ol>
      {hidden > 0 ? (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
          {t('customer.moreActivity', { count: hidden })}
        </Button>
      ) : null}
    </>
  );
}
