import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useKeys } from '@/app/shortcuts';
import { useKeepDrafts } from '@/conversation/draftStore';
import { HeldBars } from './HeldBars';
import { fetchEditorSoon } from './Writer';

/** What writing needs on every screen: drafts are kept, sent answers can be taken back, C begins a conversation. */
export function ComposerHost() {
  const navigate = useNavigate();
  useKeepDrafts();
  useEffect(fetchEditorSoon, []);
  useKeys({ c: () => void navigate({ to: '/inbox/new', search: (old) => old }) });
  return <HeldBars />;
}
