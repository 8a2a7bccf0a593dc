import { useQuery } from '@tanstack/react-query';
import { type RefObject, useMemo, useRef, useState } from 'react';
import type { Agent } from '@/api/types';
import { foldText } from '@/app/text';
import { agentsOptions } from '@/conversation/queries';
import type { Pen } from './pen';
import { optionId, SUGGEST_ID, type Suggestion } from './SuggestList';
import { fillHtml, fillText, findTemplates, type Trigger, triggerIn, type Values } from './templates';
import { savedReplies } from './templateQueries';

const MOST = 50;

/** What `/` (saved replies) or `@` (colleagues) before the caret offers, and the keys that choose. */
export function useSuggest(pen: RefObject<Pen | null>, mark: Trigger['mark'], values: Values, formatted: boolean, onMention: (agent: string) => void) {
  const [trigger, setTrigger] = useState<Trigger | null>(null);
  const [active, setActive] = useState(0);
  const { data: templates } = useQuery({ ...savedReplies, enabled: trigger?.mark === '/' });
  const { data: agents } = useQuery(agentsOptions);
  const suggestions = useMemo((): Suggestion[] => {
    if (!trigger) return [];
    if (trigger.mark === '@') return findAgents(agents ?? [], trigger.query).map((agent) => ({ kind: 'agent', agent }));
    return findTemplates(templates ?? [], trigger.query).slice(0, MOST).map((template) => ({ kind: 'template', template }));
  }, [trigger, templates, agents]);
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
  };
  const pick = (suggestion: Suggestion) => {
    const instead = trigger?.length ?? 0;
    setTrigger(null);
    if (suggestion.kind === 'agent') {
      onMention(suggestion.agent.id);
      return pen.current?.insert({ text: `@${suggestion.agent.name} `, html: null }, instead);
    }
    const { text, html } = suggestion.template;
    return pen.current?.insert({ text: fillText(text, values), html: formatted && html ? fillHtml(html, values) : null }, instead);
  };
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.ctrlKey || event.metaKey || event.altKey) return false;
    const chosen = suggestions[active];
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : suggestions.length - 1;
        setActive((at) => (suggestions.length ? (at + step) % suggestions.length : 0));
        return true;
      }
      case 'Enter':
      case 'Tab':
        if (!chosen || event.shiftKey) return false;
        pick(chosen);
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
  return { open, suggestions, active, setActive, pick, close, onCaret, onKey, ask, aria };
}

function findAgents(agents: readonly Agent[], query: string): Agent[] {
  const wanted = foldText(query.trim());
  return agents
    .filter((agent) => agent.role !== 'analyst')
    .filter((agent) => foldText(agent.name).split(/\s+/).some((word) => word.startsWith(wanted)) || foldText(agent.name).startsWith(wanted));
}
