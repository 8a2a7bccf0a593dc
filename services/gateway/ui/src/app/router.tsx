import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Problem } from '@/api/client';
import { conversationOptions, sessionOptions, timelineOptions } from '@/conversation/queries';
import { InboxPage } from '@/inbox/InboxPage';
import { parseInboxSearch, parseUrl, stringifyUrl } from '@/inbox/search';
import { preferencesOptions } from '@/personal/preferences';
import { parseReportSearch } from '@/reports/range';
import { shopOptions } from '@/settings/queries';
import { followLanguage } from './i18n';
import { worksWithConversations } from './roles';
import { NotFound, RouteError } from './RouteStates';
import { Shell } from './Shell';

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  // Only a place of our own: an address that leads elsewhere is ignored.
  validateSearch: (raw: Record<string, unknown>): { next?: string } =>
    typeof raw.next === 'string' && /^\/(?![/\\])/.test(raw.next) ? { next: raw.next } : {},
  component: lazyRouteComponent(() => import('./LoginPage'), 'LoginPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    void context.client.prefetchQuery(shopOptions); // on its way together with who reads
    try {
      const [preferences] = await Promise.all([
        context.client.ensureQueryData(preferencesOptions),
        context.client.ensureQueryData(sessionOptions),
      ]);
      await followLanguage(preferences.language);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      throw redirect({ to: '/login', search: location.pathname === '/' ? {} : { next: location.href } });
    }
  },
  component: Shell,
});

/** For routes below `app`: analysts are led to what they may see. */
function workersOnly({ context }: { context: Context }): void {
  const me = context.client.getQueryData(sessionOptions.queryKey);
  if (me && !worksWithConversations(me)) throw redirect({ to: '/reports' });
}

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/inbox' });
  },
});

const inbox = createRoute({
  getParentRoute: () => app,
  path: '/inbox',
  validateSearch: parseInboxSearch,
  beforeLoad: workersOnly,
  component: InboxPage,
});

const conversation = createRoute({
  getParentRoute: () => inbox,
  path: '$conversationId',
  loader: ({ context, params }) => {
    void import('@/conversation/ConversationView'); // on its way together with what it shows
    void context.client.prefetchQuery(conversationOptions(params.conversationId));
    void context.client.prefetchInfiniteQuery(timelineOptions(params.conversationId));
  },
});

const compose = createRoute({
  getParentRoute: () => inbox,
  path: 'new',
  // To whom: an address.
  validateSearch: (raw: Record<string, unknown>): { to?: string } => (typeof raw.to === 'string' ? { to: raw.to } : {}),
});

const reports = createRoute({
  getParentRoute: () => app,
  path: '/reports',
  validateSearch: parseReportSearch,
  component: lazyRouteComponent(() => import('@/reports/ReportsPage'), 'ReportsPage'),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/settings/SettingsPage'), 'SettingsPage'),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/me' });
  },
});

const settingsPages = [
  createRoute({
    getParentRoute: () => settings,
    path: 'me',
    component: lazyRouteComponent(() => import('@/settings/PreferencesPage'), 'PreferencesPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: 'inboxes',
    beforeLoad: workersOnly,
    component: lazyRouteComponent(() => import('@/settings/InboxesPage'), 'InboxesPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: 'rules',
    beforeLoad: workersOnly,
    component: lazyRouteComponent(() => import('@/settings/RulesPage'), 'RulesPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: 'templates',
    beforeLoad: workersOnly,
    component: lazyRouteComponent(() => import('@/settings/TemplatesPage'), 'TemplatesPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: 'labels',
    beforeLoad: workersOnly,
    component: lazyRouteComponent(() => import('@/settings/LabelsPage'), 'LabelsPage'),
  }),
] as const;

const routeTree = root.addChildren([
  login,
  app.addChildren([home, inbox.addChildren([conversation, compose]), reports, settings.addChildren([settingsHome, ...settingsPages])]),
]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch: parseUrl,
    stringifySearch: stringifyUrl,
    defaultPreload: false,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
