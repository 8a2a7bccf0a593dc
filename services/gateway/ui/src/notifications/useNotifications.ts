import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem, Unreachable } from '@/api/client';
import { contactName, useAgentName } from '@/app/people';
import { conversationOptions, sessionOptions } from '@/conversation/queries';
import { lost } from '@/conversation/sentence';
import { onLive } from '@/live';
import { usePreferences } from '@/personal/preferences';
import { desktopPermission, showOnDesktop, type Told } from './desktop';
import { Lead } from '@/app/lead';
import { showNews } from '@/app/toasts';
import { type Item, Notifier, type World } from './Notifier';
import type { Kind } from './news';
import { play } from './sound';

/** What the app says itself where the desktop does not. */
const WISHES: ReadonlySet<Kind> = new Set(['mention', 'assigned', 'woken']);

/** While the app is open: a sound and a desktop notification for news, as the agent prefers. */
export function useNotifications(): void {
  const client = useQueryClient();
  const { data: me } = useQuery(sessionOptions);
  const say = useRef<Pick<World, 'sound' | 'show' | 'showMany'>>(undefined);
  const voice = useVoice();
  useEffect(() => {
    say.current = voice;
  });
  const id = me?.id;
  useEffect(() => {
    if (!id) return;
    const notifier = new Notifier({
      me: id,
      watched: () => (document.visibilityState === 'visible' && document.hasFocus() ? openConversation() : null),
      read: async (conversationId) => {
        const options = conversationOptions(conversationId);
        try {
          return client.getQueryData(options.queryKey) ?? (await client.fetchQuery(options));
        } catch (error) {
          // It is gone, or the server is away: then there is nothing to show.
          if (error instanceof Problem || error instanceof Unreachable) return null;
          throw error;
        }
      },
      sound: () => say.current?.sound(),
      show: (items) => say.current?.show(items),
      showMany: (items) => say.current?.showMany(items),
      now: Date.now,
    });
    const off = onLive((event) => notifier.take(event));
    return () => {
      off();
      notifier.end();
    };
  }, [client, id]);
}

function openConversation(): string | null {
  return /^\/inbox\/([^/]+)/.exec(location.pathname)?.[1] ?? null;
}

/** How news sounds and looks, for this agent in this browser. */
function useVoice(): Pick<World, 'sound' | 'show' | 'showMany'> {
  const { t } = useTranslation();
  const preferences = usePreferences();
  const navigate = useNavigate();
  const nameOf = useAgentName();
  const sounds = useLead('nitka.sound', true);
  const shows = useLead('nitka.desktop', false);
  /** Where the desktop says nothing the app does, of what a colleague wants of this agent, or they did themselves. */
  const tell = (items: readonly Item[], told: Told, open: () => void) => {
    if (preferences.desktop && desktopPermission() === 'granted') {
      if (shows()) showOnDesktop(told, open);
    } else if (items.some(({ news }) => WISHES.has(news.kind))) {
      showNews(`${told.title} · ${told.body}`, t('action.open'), open);
    }
  };
  const told = ({ news, row }: Item) => {
    const subject = row.subject || t('list.noSubject');
    const name = nameOf(news.actorId);
    switch (news.kind) {
      case 'message':
        return { title: contactName(row.contact), body: subject, tag: row.id };
      case 'assigned':
        return { title: t('notify.assigned'), body: `${contactName(row.contact)}: ${subject}`, tag: row.id };
      case 'woken':
        return { title: t('notify.woken'), body: `${contactName(row.contact)}: ${subject}`, tag: row.id };
      case 'undelivered':
        return { title: t(`event.${lost(news.delivery)}`), body: `${contactName(row.contact)}: ${subject}`, tag: row.id };
      case 'badRating':
        return { title: t('event.rated', { actor: contactName(row.contact), score: news.score ?? 0 }), body: subject, tag: row.id };
      case 'mention':
        return { title: t('notify.mention', { name }), body: `${contactName(row.contact)}: ${subject}`, tag: row.id };
    }
  };
  return {
    sound: () => {
      if (preferences.sound && sounds()) play();
    },
    show: (items) => {
      for (const item of items) {
        tell([item], told(item), () => void navigate({ to: '/inbox/$conversationId', params: { conversationId: item.row.id }, search: (old) => old }));
      }
    },
    showMany: (items) => {
      const open = () => void navigate({ to: '/inbox', search: {} });
      tell(items, { title: 'Nitka', body: t('notify.many', { count: items.length }), tag: 'nitka' }, open);
    },
  };
}

/** Whether this tab acts for all. `gesture`: it only stands for it once its user has done something in it. */
function useLead(name: string, gesture: boolean): () => boolean {
  const lead = useRef<Lead>(undefined);
  useEffect(() => {
    const stand = () => {
      lead.current ??= new Lead(name);
      ['pointerdown', 'keydown'].forEach((each) => removeEventListener(each, stand, true));
    };
    if (gesture && !navigator.userActivation?.hasBeenActive) ['pointerdown', 'keydown'].forEach((each) => addEventListener(each, stand, true));
    else stand();
    return () => {
      ['pointerdown', 'keydown'].forEach((each) => removeEventListener(each, stand, true));
      lead.current?.end();
      lead.current = undefined;
    };
  }, [name, gesture]);
  return () => lead.current?.leads ?? false;
}
