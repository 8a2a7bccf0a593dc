import { Alert, Button, PasswordInput, Select, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { change } from '@/api/client';
import type { Agent } from '@/api/types';
import { sessionOptions } from '@/conversation/queries';
import { savePreferences } from '@/personal/preferences';
import { followLanguage, type Language, LANGUAGES } from './i18n';
import classes from './LoginPage.module.css';
import { Logo } from './Logo';
import { problemText } from './problems';

const route = getRouteApi('/login');

export function LoginPage() {
  const { t, i18n } = useTranslation();
  const { next } = route.useSearch();
  const client = useQueryClient();
  const router = useRouter();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [language, setLanguage] = useState<Language>();
  const pick = (chosen: Language) => {
    setLanguage(chosen);
    void followLanguage(chosen);
  };
  const signIn = useMutation({
    mutationFn: () => change<Agent>('POST', '/session', { email, password }),
    onSuccess: async (agent) => {
      client.clear();
      // What was chosen here is meant to stay. It is no reason to refuse the way in.
      if (language) await savePreferences(client, { language }).catch(() => undefined);
      client.setQueryData(sessionOptions.queryKey, agent);
      router.history.push(next ?? '/');
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className={classes.page}>
      <title>Nitka</title>
      <div className={classes.card}>
        <div className={classes.brand}>
          <span className={classes.mark}>
            <Logo size={30} />
          </span>
          <Title order={1} fz={22}>
            Nitka
          </Title>
        </div>
        <p className={classes.motto}>{t('login.motto')}</p>
        <form onSubmit={submit} className={classes.form}>
          {signIn.error ? (
            <Alert color="red" variant="light" role="alert">
              {problemText(t, signIn.error)}
            </Alert>
          ) : null}
          <TextInput
            label={t('login.email')}
            type="email"
            name="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('login.password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
          />
          <Button type="submit" size="md" loading={signIn.isPending} fullWidth mt={4}>
            {t('login.submit')}
          </Button>
        </form>
      </div>
      <Select
        className={classes.language}
        aria-label={t('settings.language')}
        size="xs"
        variant="unstyled"
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
        value={i18n.language}
        allowDeselect={false}
        onChange={(value) => value && pick(value as Language)}
      />
    </main>
  );
}
