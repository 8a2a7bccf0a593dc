import '@mantine/core/styles/NumberInput.css';
import '@mantine/core/styles/Tabs.css';
import { ActionIcon, Button, Switch } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconRobot, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState } from '@/app/states';
import { useMayChange } from '@/app/roles';
import { deleteRule, type Rule, rulesOptions, saveRule } from './queries';
import { RuleEditor } from './RuleEditor';
import { ActionWords, useConditionWords } from './RuleWords';
import { emptyRule, moved } from './rules';
import { ConfirmDelete, useChange } from './shared';
import classes from './shop.module.css';

const KEYS = [['settings', 'rules'], ['templates']] as const;

/** What happens to customers' messages by itself, in the order in which it is looked at. */
export function RulesPage() {
  const { t } = useTranslation();
  const mayChange = useMayChange();
  const { data: rules, error, refetch } = useQuery(rulesOptions);
  const [edited, setEdited] = useState<Rule | 'new' | null>(null);
  const [leaving, setLeaving] = useState<Rule | null>(null);
  const change = useChange((changed: Rule[]) => Promise.all(changed.map(({ id, rule }) => saveRule(id, rule))), KEYS);
  if (error && !rules) return <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <>
      <div className={classes.bar}>
        <p>{t('shop.rule.text')}</p>
        {mayChange ? (
          <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setEdited('new')}>
            {t('shop.rule.new')}
          </Button>
        ) : null}
      </div>
      {rules?.length === 0 ? <EmptyState icon={<IconRobot size={30} stroke={1.4} />} title={t('shop.rule.none')} text={t('shop.rule.noneText')} /> : null}
      {rules && rules.length > 0 ? (
        <ol className={classes.rows}>
          {rules.map((rule, index) => (
            <li key={rule.id} className={classes.row} data-off={!rule.rule.enabled}>
              <Switch
                aria-label={t('shop.rule.on', { name: rule.rule.name })}
                checked={rule.rule.enabled}
                disabled={!mayChange}
                onChange={(event) => change.mutate([{ ...rule, rule: { ...rule.rule, enabled: event.currentTarget.checked } }])}
              />
              <Words rule={rule} />
              {mayChange ? (
                <span className={classes.tools}>
                  <ActionIcon aria-label={t('shop.rule.up', { name: rule.rule.name })} disabled={index === 0} onClick={() => change.mutate(moved(rules, index, -1))}>
                    <IconArrowUp size={17} stroke={1.6} />
                  </ActionIcon>
                  <ActionIcon aria-label={t('shop.rule.down', { name: rule.rule.name })} disabled={index === rules.length - 1} onClick={() => change.mutate(moved(rules, index, 1))}>
                    <IconArrowDown size={17} stroke={1.6} />
                  </ActionIcon>
                  <ActionIcon aria-label={t('shop.editNamed', { name: rule.rule.name })} onClick={() => setEdited(rule)}>
                    <IconPencil size={17} stroke={1.6} />
                  </ActionIcon>
                  <ActionIcon aria-label={t('shop.deleteNamed', { name: rule.rule.name })} onClick={() => setLeaving(rule)}>
                    <IconTrash size={17} stroke={1.6} />
                  </ActionIcon>
                </span>
              ) : null}
            </li>
          ))}
        </ol>
      ) : null}
      {edited ? (
        <RuleEditor
          id={edited === 'new' ? null : edited.id}
          rule={edited === 'new' ? emptyRule(Math.max(0, ...(rules ?? []).map((each) => each.rule.position + 1))) : edited.rule}
          onClose={() => setEdited(null)}
        />
      ) : null}
      {leaving ? <DeleteRule rule={leaving} onClose={() => setLeaving(null)} /> : null}
    </>
  );
}

function Words({ rule: { rule } }: { rule: Rule }) {
  const { t } = useTranslation();
  const words = useConditionWords();
  return (
    <span className={classes.what}>
      <span className={classes.name}>{rule.name}</span>
      <span className={classes.dim}>
        {t(`shop.trigger.${rule.trigger}`)} · {words(rule)}
      </span>
      <ActionWords actions={rule.actions} />
      {rule.stop ? <span className={classes.dim}>{t('shop.rule.stops')}</span> : null}
    </span>
  );
}

function DeleteRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useChange(() => deleteRule(rule.id), KEYS, onClose);
  return (
    <ConfirmDelete
      title={t('shop.deleteNamed', { name: rule.rule.name })}
      text={t('shop.rule.deleteText')}
      error={remove.error}
      pending={remove.isPending}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  );
}
