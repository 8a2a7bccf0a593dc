import '@fontsource-variable/inter/wght.css';
import './app/mantine.css';
import '@mantine/notifications/styles.css';
import './app/theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { whenSignedOut } from './api/client';
import { startI18n } from './app/i18n';
import { makeClient } from './app/queryClient';
import { makeRouter } from './app/router';
import { theme } from './app/theme';
import { Toasts } from './app/toasts';

const client = makeClient();
const router = makeRouter(client);

whenSignedOut(() => {
  if (router.state.location.pathname === '/login') return;
  const next = router.state.location.href;
  client.clear();
  void router.navigate({ to: '/login', search: { next } });
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

await startI18n();
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: 'nitka.scheme' })}
    >
      <Toasts />
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
