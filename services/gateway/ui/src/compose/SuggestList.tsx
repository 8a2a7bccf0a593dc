import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Agent } from '@/api/types';
import { Initials } from '@/app/people';
import classes from './SuggestList.module.css';
import { sharedNames } from './mentions';
import { fillText, type Template, type Values } from './templates';

export const SUGGEST_ID = 'compose-suggestions';

export function optionId(index: number): string {
  return `${SUGGEST_ID}-${index}`;
}

export type Suggestion = { kind: 'template'; template: Template } | { kind: 'agent'; agent: Agent };

interface Props {
  suggestions: readonly Suggestion[];
  active: number;
  values: Values;
  below: boolean;
  onPick: (suggestion: Suggestion) => void;
  onHover: (index: number) => void;
}

/** What `/` or `@` offers. The field keeps the focus; the keys choose. */
export function SuggestList({ suggestions, active, values, below, onPick, onHover }: Props) {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const chosen = suggestions[active];
  const templates = suggestions[0]?.kind !== 'agent';
  const shared = sharedNames(suggestions.flatMap((each) => (each.kind === 'agent' ? [each.agent] : [])));
  return (
    <div className={classes.panel} data-below={below} data-wide={templates}>
      <ul ref={list} id={SUGGEST_ID} role="listbox" aria-label={t(templates ? 'template.title' : 'mention.title')} className={`${classes.list} n-scroll`}>
        {suggestions.map((each, index) => (
          <li
            key={each.kind === 'template' ? each.template.id : each.agent.id}
            id={optionId(index)}
            role="option"
            aria-selected={index === active}
            className={classes.option}
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => onHover(index)}
            onClick={() => onPick(each)}
          >
            {each.kind === 'template' ? <TemplateLine template={each.template} /> : <AgentLine agent={each.agent} shared={shared.has(each.agent.name)} />}
          </li>
        ))}
      </ul>
      {suggestions.length === 0 ? <p className={classes.none}>{t('list.noMatch')}</p> : null}
      {chosen?.kind === 'template' ? <Preview text={fillText(chosen.template.text, values)} /> : null}
    </div>
  );
}

function TemplateLine({ template }: { template: Template }) {
  return (
    <>
      <span className="n-clip">{template.name}</span>
      {template.shortcut ? <span className={classes.shortcut}>/{template.shortcut}</span> : null}
    </>
  );
}

/** `shared`: others have the same name, so it does not say who is meant. */
function AgentLine({ agent, shared }: { agent: Agent; shared: boolean }) {
  return (
    <>
      <Initials name={agent.name} seed={agent.id} size={20} />
      <span className="n-clip">{agent.name}</span>
      {shared ? <span className={`${classes.shortcut} n-clip`}>{agent.email}</span> : null}
    </>
  );
}

const VARIABLES = /(\{\{[^{}]*\}\})/;

function Preview({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <div className={`${classes.preview} n-scroll`} aria-label={t('template.preview')} role="note">
      {text.split(VARIABLES).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}
    </div>
  );
}
