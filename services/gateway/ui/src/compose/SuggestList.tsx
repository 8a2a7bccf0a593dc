import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Agent } from '@/api/types';
import { Caps } from '@/app/Caps';
import { useLanguageNames } from '@/app/languages';
import { Initials } from '@/app/people';
import classes from './SuggestList.module.css';
import { sharedNames } from './mentions';
import { fillText, type Template, type Values, versionIn } from './templates';

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
  /** The language in which a template is shown, if it is there in that. */
  language: string | null;
  onLanguage: (language: string | null) => void;
  onPick: (suggestion: Suggestion) => void;
  onHover: (index: number) => void;
}

/** What `/` or `@` offers. The field keeps the focus; the keys choose. */
export function SuggestList({ suggestions, active, values, below, language, onLanguage, onPick, onHover }: Props) {
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
      {chosen?.kind === 'template' ? <Preview template={chosen.template} values={values} language={language} onLanguage={onLanguage} /> : null}
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

/** The languages of a template; the arrows go from one to the next. */
function Languages({ template, language, onLanguage }: Omit<PreviewProps, 'values'>) {
  const { t } = useTranslation();
  const names = useLanguageNames();
  return (
    <div className={classes.languages} role="group" aria-label={t('template.language')}>
      {[null, ...template.variants.map((each) => each.language)].map((each) => (
        <button
          key={each ?? ''}
          type="button"
          tabIndex={-1}
          aria-pressed={each === language}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onLanguage(each)}
        >
          {each === null ? t('template.own') : names(each)}
        </button>
      ))}
      <Caps keys="← →" />
    </div>
  );
}

const VARIABLES = /(\{\{[^{}]*\}\})/;

interface PreviewProps extends Pick<Props, 'values' | 'language' | 'onLanguage'> {
  template: Template;
}

function Preview({ template, values, language, onLanguage }: PreviewProps) {
  const { t } = useTranslation();
  const shown = versionIn(template, language);
  return (
    <div className={`${classes.preview} n-scroll`} aria-label={t('template.preview')} role="note" lang={shown.language ?? undefined}>
      {template.variants.length > 0 ? <Languages template={template} language={shown.language} onLanguage={onLanguage} /> : null}
      {fillText(shown.text, values).split(VARIABLES).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}
    </div>
  );
}
