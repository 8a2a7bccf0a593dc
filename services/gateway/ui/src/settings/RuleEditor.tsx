import { ActionIcon, Autocomplete, Button, Checkbox, MultiSelect, NumberInput, SegmentedControl, Select, TagsInput, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { contactName } from '@/app/people';
import { workersOptions } from '@/app/roles';
import { labelsOptions } from '@/inbox/queries';
import { inboxSettingsOptions, type SaveRule, saveRule, templatesOptions, tryRule } from './queries';
import { useValueWords } from './RuleWords';
import {
  type Action,
  ACTION_KINDS,
  type ActionKind,
  type Condition,
  emptyAction,
  emptyCondition,
  emptyGroup,
  type Fact,
  FACT_NAMES,
  FACTS,
  type Group,
  isComplete,
  type Op,
  trimmed,
  withAt,
} from './rules';
import { Editor, useChange, useProblem } from './shared';
import classes from './shop.module.css';

type Match = SaveRule['match'];
const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;

/** A rule, written as rows of what to look at and what to do. */
export function RuleEditor({ id, rule, onClose }: { id: string | null; rule: SaveRule; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(rule);
  const save = useChange((value: SaveRule) => saveRule(id, value), [['settings', 'rules'], ['templates']], onClose);
  const attempt = useMutation({ mutationFn: (value: SaveRule) => tryRule(value) });
  const set = (change: Partial<SaveRule>) => {
    setDraft({ ...draft, ...change });
    attempt.reset();
  };
  const complete = isComplete(trimmed(draft));
  return (
    <Editor
      title={id ? t('shop.editNamed', { name: rule.name }) : t('shop.rule.new')}
      draft={draft}
      onClose={onClose}
      onSubmit={() => save.mutate(trimmed(draft))}
      saving={save.isPending}
      complete={complete}
      error={save.error}
      size={860}
      beside={
        <Button variant="default" loading={attempt.isPending} disabled={!complete} onClick={() => attempt.mutate(trimmed(draft))}>
          {t('shop.rule.try')}
        </Button>
      }
    >
      <div className={classes.pair}>
        <TextInput label={t('shop.name')} value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} maxLength={120} required data-autofocus />
        <Select
          label={t('shop.rule.when')}
          data={(['any', 'first'] as const).map((value) => ({ value, label: t(`shop.trigger.${value}`) }))}
          value={draft.trigger}
          allowDeselect={false}
          onChange={(value) => value && set({ trigger: value as SaveRule['trigger'] })}
        />
      </div>
      {draft.groups.length > 1 ? <MatchSwitch label={t('shop.rule.groups')} value={draft.match} onChange={(match) => set({ match })} /> : null}
      {draft.groups.map((group, index) => (
        <GroupPart key={index} group={group} onChange={(changed) => set({ groups: withAt(draft.groups, index, changed) })} />
      ))}
      <div className={classes.head}>
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => set({ groups: [...draft.groups, emptyGroup()] })}>
          {t('shop.rule.addGroup')}
        </Button>
        {draft.groups.length === 0 ? <span className={classes.dim}>{t('shop.rule.always')}</span> : null}
      </div>
      <fieldset className={classes.part}>
        <legend>{t('shop.rule.then')}</legend>
        {draft.actions.map((action, index) => (
          <ActionRow key={index} action={action} only={draft.actions.length === 1} onChange={(changed) => set({ actions: withAt(draft.actions, index, changed) })} />
        ))}
        <div>
          <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} disabled={draft.actions.length >= 10} onClick={() => set({ actions: [...draft.actions, emptyAction('add_label')] })}>
            {t('shop.rule.addAction')}
          </Button>
        </div>
        {draft.actions.some((action) => action.kind === 'reply') ? (
          <NumberInput
            label={t('shop.rule.window')}
            description={t('shop.rule.windowText')}
            value={draft.window_hours}
            min={1}
            max={2160}
            allowDecimal={false}
            maw={320}
            onChange={(value) => set({ window_hours: Math.min(2160, Math.max(1, Number(value) || 24)) })}
          />
        ) : null}
        <Checkbox label={t('shop.rule.stop')} checked={draft.stop} onChange={(event) => set({ stop: event.currentTarget.checked })} />
      </fieldset>
      <Attempt attempt={attempt} trigger={draft.trigger} />
    </Editor>
  );
}

function MatchSwitch({ label, value, onChange }: { label: string; value: Match; onChange: (match: Match) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.head}>
      {label}
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={value}
        onChange={(match) => onChange(match as Match)}
        data={(['all', 'any'] as const).map((match) => ({ value: match, label: t(`shop.match.${match}`) }))}
      />
    </div>
  );
}

function GroupPart({ group, onChange }: { group: Group; onChange: (group: Group | null) => void }) {
  const { t } = useTranslation();
  const conditions = (changed: Condition[]) => onChange(changed.length > 0 ? { ...group, conditions: changed } : null);
  return (
    <fieldset className={classes.part}>
      <legend>{t('shop.rule.if')}</legend>
      {group.conditions.length > 1 ? <MatchSwitch label={t('shop.rule.conditions')} value={group.match} onChange={(match) => onChange({ ...group, match })} /> : null}
      {group.conditions.map((condition, index) => (
        <ConditionRow key={index} condition={condition} onChange={(changed) => conditions(withAt(group.conditions, index, changed))} />
      ))}
      <div>
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => conditions([...group.conditions, emptyCondition('text')])}>
          {t('shop.rule.addCondition')}
        </Button>
      </div>
    </fieldset>
  );
}

function ConditionRow({ condition, onChange }: { condition: Condition; onChange: (condition: Condition | null) => void }) {
  const { t } = useTranslation();
  const { fact, op } = condition;
  const plain = FACTS[fact].ops.length === 1; // nothing to compare by
  return (
    <div className={classes.condition} data-plain={plain}>
      <Select
        aria-label={t('shop.rule.fact')}
        data={FACT_NAMES.map((value) => ({ value, label: t(`shop.fact.${value}`) }))}
        value={fact}
        allowDeselect={false}
        maxDropdownHeight={320}
        onChange={(value) => value && onChange(emptyCondition(value as Fact))}
      />
      {plain ? null : (
        <Select
          aria-label={t('shop.rule.op')}
          data={FACTS[fact].ops.map((value) => ({ value, label: t(`shop.op.${value}`) }))}
          value={op}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...condition, op: value as Op })}
        />
      )}
      <Values condition={condition} onChange={(values) => onChange({ ...condition, values })} />
      <ActionIcon aria-label={t('shop.rule.removeCondition')} onClick={() => onChange(null)}>
        <IconX size={15} />
      </ActionIcon>
    </div>
  );
}

function Values({ condition: { fact, values }, onChange }: { condition: Condition; onChange: (values: string[]) => void }) {
  const { t } = useTranslation();
  const word = useValueWords();
  const { data: inboxes = [] } = useQuery(inboxSettingsOptions);
  const { choice } = FACTS[fact];
  const label = t('shop.rule.values');
  if (choice.by === 'words') {
    return (
      <TagsInput
        aria-label={label}
        value={[...values]}
        onChange={onChange}
        acceptValueOnBlur
        splitChars={[',', ';', '\n']}
        placeholder={values.length > 0 ? undefined : t(fact === 'sender' ? 'shop.rule.senderHint' : 'shop.rule.wordsHint')}
      />
    );
  }
  if (choice.by === 'one') {
    return (
      <Select
        aria-label={label}
        data={choice.values.map((value) => ({ value, label: word(fact, value) }))}
        value={values[0] ?? null}
        allowDeselect={false}
        onChange={(value) => value && onChange([value])}
      />
    );
  }
  const data =
    choice.by === 'inboxes'
      ? inboxes.map(({ account, settings }) => ({ value: account, label: settings.name }))
      : choice.values.map((value) => ({ value, label: word(fact, value) }));
  return <MultiSelect aria-label={label} data={data} value={[...values]} onChange={onChange} searchable placeholder={values.length > 0 ? undefined : t('shop.rule.choose')} />;
}

function ActionRow({ action, only, onChange }: { action: Action; only: boolean; onChange: (action: Action | null) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.action}>
      <Select
        aria-label={t('shop.rule.what')}
        data={ACTION_KINDS.map((value) => ({ value, label: t(`shop.action.${value}`) }))}
        value={action.kind}
        allowDeselect={false}
        onChange={(value) => value && onChange(emptyAction(value as ActionKind))}
      />
      <ActionValue action={action} onChange={onChange} />
      <ActionIcon aria-label={t('shop.rule.removeAction')} disabled={only} onClick={() => onChange(null)}>
        <IconX size={15} />
      </ActionIcon>
    </div>
  );
}

function ActionValue({ action, onChange }: { action: Action; onChange: (action: Action) => void }) {
  const { t } = useTranslation();
  const { data: labels = [] } = useQuery(labelsOptions);
  const { data: templates = [] } = useQuery(templatesOptions);
  const { data: agents = [] } = useQuery(workersOptions);
  const label = t(`shop.action.${action.kind}`);
  switch (action.kind) {
    case 'add_label':
      return <Autocomplete aria-label={label} data={labels.map(({ name }) => name)} value={action.label} maxLength={60} onChange={(value) => onChange({ ...action, label: value })} placeholder={t('shop.rule.labelHint')} />;
    case 'reply':
      return (
        <Select
          aria-label={label}
          data={templates.map(({ id, template }) => ({ value: id, label: template.name }))}
          value={action.template_id || null}
          searchable
          allowDeselect={false}
          placeholder={t('shop.rule.choose')}
          nothingFoundMessage={t('shop.template.none')}
          onChange={(value) => value && onChange({ ...action, template_id: value })}
        />
      );
    case 'assign':
      return (
        <Select
          aria-label={label}
          data={agents.map(({ id, name }) => ({ value: id, label: name }))}
          value={action.agent_id || null}
          searchable
          allowDeselect={false}
          placeholder={t('shop.rule.choose')}
          onChange={(value) => value && onChange({ ...action, agent_id: value })}
        />
      );
    case 'queue':
      return <TextInput aria-label={label} value={action.queue} maxLength={60} onChange={(event) => onChange({ ...action, queue: event.currentTarget.value })} placeholder={t('shop.rule.queueHint')} />;
    case 'priority':
      return (
        <Select
          aria-label={label}
          data={PRIORITIES.map((value) => ({ value, label: t(`priority.${value}`) }))}
          value={action.priority}
          allowDeselect={false}
          onChange={(value) => value && onChange({ ...action, priority: value as (typeof PRIORITIES)[number] })}
        />
      );
  }
}

/** Which of the last conversations the rule would have met. */
function Attempt({ attempt, trigger }: { attempt: { data?: Awaited<ReturnType<typeof tryRule>>; error: unknown }; trigger: SaveRule['trigger'] }) {
  const { t } = useTranslation();
  const problem = useProblem();
  if (attempt.error) {
    return (
      <p className={classes.error} role="alert">
        {problem(attempt.error)}
      </p>
    );
  }
  if (!attempt.data) return null;
  const { matched, looked_at } = attempt.data;
  return (
    <fieldset className={classes.part} aria-live="polite">
      <legend>{t('shop.rule.tried', { count: matched.length, of: looked_at })}</legend>
      <span className={classes.dim}>{t('shop.rule.looked', { which: trigger })}</span>
      <ul className={`${classes.matches} n-scroll`} tabIndex={0} aria-label={t('shop.rule.matches')}>
        {matched.map((each) => (
          <li key={each.conversation_id}>
            <Link to="/inbox/$conversationId" params={{ conversationId: each.conversation_id }} target="_blank">
              #{each.number} {each.subject || t('list.noSubject')}
            </Link>
            <span className={`${classes.dim} n-clip`}>
              {contactName(each.contact)} · {each.preview}
            </span>
            {each.quiet ? <span className={classes.dim}>{t(`shop.quiet.${each.quiet as 'automatic'}`)}</span> : null}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
