import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type RefObject, useMemo, useRef, useState } from 'react';
import { agentsOptions, sessionOptions } from '@/conversation/queries';
import { findAgents } from './mentions';
import type { Pen } from './pen';
import { optionId, SUGGEST_ID, type Suggestion } from './SuggestList';
import { fillHtml, fillText, findTemplates, type Template, type Trigger, triggerIn, type Values, versionIn } from './templates';
import { savedReplies, theirLanguageOptions } from './templateQueries';

const MOST = 50;

/** What `/` (saved replies) or `@` (colleagues) before the caret offers, and the keys that choose. */
export function useSuggest(pen: RefObject<Pen | null>, mark: Trigger['mark'], values: Values, formatted: boolean, onMention: (agent: string) => void, conversation?: string) {
  const client = useQueryClient();
  /** The language that was asked for; undefined: the customer's. */
  const [asked, setAsked] = useState<string | null | undefined>(undefined);
  const [trigger, setTrigger] = useState<Trigger | null>(null);
  const [active, setActive] = useState(0);
  const { data: templates } = useQuery({ ...savedReplies, enabled: trigger?.mark === '/' });
  const { data: agents } = useQuery(agentsOptions);
  const { data: me } = useQuery(sessionOptions);
  const suggestions = useMemo((): Suggestion[] => {
    if (!trigger) return [];
    if (trigger.mark === '@') return findAgents(agents ?? [], trigger.query, me?.id).map((agent) => ({ kind: 'agent', agent }));
    return findTemplates(templates ?? [], trigger.query).slice(0, MOST).map((template) => ({ kind: 'template', template }));
  }, [trigger, templates, agents, me]);
  const chosen = suggestions[active];
  const template = chosen?.kind === 'template' && chosen.template.variants.length > 0 ? chosen.template : undefined;
  const { data: theirs = null } = useQuery({ ...theirLanguageOptions(conversation ?? '', template?.id ?? ''), enabled: Boolean(template && conversation) });
  const language = asked === undefined ? theirs : asked;
  // A slash that fits nothing is a slash.
  const open = trigger !== null && (suggestions.length > 0 || (trigger.query === '' && trigger.mark === '/'));

  /** It was refused: it stays closed until another one begins. */
  const refused = useRef(false);
  const close = () => {
    refused.current = true;
    setTrigger(null);
  };
  const onCaret = () => {
    const found = triggerIn(pen.current?.before() ?? '', [mark]);
    if (!found) refused.current = false;
    const next = refused.current ? null : found;
    if (next?.query === trigger?.query && next?.mark === trigger?.mark) return;
    setTrigger(next);
    setActive(0);
    if (!next) setAsked(undefined);
  };
  const pick = async (suggestion: Suggestion) => {
    const instead = trigger?.length ?? 0;
    setTrigger(null);
    setAsked(undefined);
    if (suggestion.kind === 'agent') {
      onMention(suggestion.agent.id);
      return pen.current?.insert({ text: `@${suggestion.agent.name} `, html: null }, instead);
    }
    const known = await languageOf(suggestion.template);
    const { text, html } = versionIn(suggestion.template, known);
    // Where an answer had to be waited for, something else may stand before the caret.
    const now = known === language ? instead : (triggerIn(pen.current?.before() ?? '', [mark])?.length ?? 0);
    return pen.current?.insert({ text: fillText(text, values), html: formatted && html ? fillHtml(html, values) : null }, now);
  };
  /** The language to insert; asked of the server where it has not told yet. Unknown, it is the template's own. */
  const languageOf = async ({ id, variants }: Template): Promise<string | null> => {
    if (asked !== undefined) return asked;
    if (variants.length === 0 || !conversation) return null;
    const options = theirLanguageOptions(conversation, id);
    return client.ensureQueryData(options).then((rendered) => rendered.language ?? null, () => null);
  };
  const turn = (step: number) => {
    if (!template) return;
    const all = [null, ...template.variants.map((each) => each.language)];
    const at = all.indexOf(versionIn(template, language).language);
    setAsked(all[(at + step + all.length) % all.length] ?? null);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight':
        if (!template) return false;
        turn(event.key === 'ArrowRight' ? 1 : -1);
        return true;
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : suggestions.length - 1;
        setActive((at) => (suggestions.length ? (at + step) % suggestions.length : 0));
        return true;
      }
      case 'Enter':
      case 'Tab':
        if (!chosen || event.shiftKey) return false;
        void pick(chosen);
        return true;
      case 'Escape':
        close();
        return true;
      default:
        return false;
    }
  };
  /** Offer everything, as if the mark had been typed. */
  const ask = () => {
    pen.current?.focus();
    const before = pen.current?.before() ?? '';
    pen.current?.insert({ text: /(?:^|[\s\u00a0])$/.test(before) ? mark : ` ${mark}`, html: null }, 0);
    // A field that is not followed by caret events of its own must be looked at.
    requestAnimationFrame(onCaret);
  };
  const aria: Record<string, string> = {
    'aria-autocomplete': 'list',
    'aria-controls': open ? SUGGEST_ID : '',
    'aria-activedescendant': open && suggestions.length ? optionId(active) : '',
  };
  return { open, suggestions, active, setActive, language, setLanguage: setAsked, pick, close, onCaret, onKey, ask, aria };
}
