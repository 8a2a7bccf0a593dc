import '@mantine/core/styles/Tabs.css';
import { ActionIcon, Button, CloseButton, Input, Select, Tabs, TextInput } from '@mantine/core';
import { IconMessage2, IconPencil, IconPlus, IconSearch, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguageNames } from '@/app/languages';
import { EmptyState, ErrorState } from '@/app/states';
import { isFormatted } from '@/compose/html';
import type { Pen } from '@/compose/pen';
import { fillText, findTemplates } from '@/compose/templates';
import { savedReply } from '@/compose/templateQueries';
import { Writer } from '@/compose/Writer';
import { deleteTemplate, saveTemplate, type SaveTemplate, type Template, templatesOptions } from './queries';
import { ConfirmDelete, Editor, useChange } from './shared';
import { type Variable, VARIABLES, wrongIn } from './variables';
import classes from './shop.module.css';

const KEYS = [['templates']] as const;
const LANGUAGES = ['en', 'pl', 'pt', 'tr', 'de', 'es', 'fr', 'it', 'uk', 'cs', 'nl'] as const;
type Language = (typeof LANGUAGES)[number];

/** Saved replies that all agents share. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const { data: templates, error, refetch } = useQuery(templatesOptions);
  const [query, setQuery] = useState('');
  const [edited, setEdited] = useState<Template | 'new' | null>(null);
  const [leaving, setLeaving] = useState<Template | null>(null);
  if (error && !templates) return <ErrorState error={error} retry={() => void refetch()} />;
  const found = findTemplates((templates ?? []).map(({ id, template }) => savedReply(id, template)), query)
    .flatMap(({ id }) => templates?.find((each) => each.id === id) ?? []);
  const shown = query.trim() ? found : (templates ?? []);
  return (
    <>
      <div className={classes.bar}>
        <p>{t('shop.template.text')}</p>
        <TextInput
          size="xs"
          w={200}
          aria-label={t('shop.template.find')}
          placeholder={t('shop.template.find')}
          leftSection={<IconSearch size={14} />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setEdited('new')}>
          {t('shop.template.new')}
        </Button>
      </div>
      {templates && shown.length === 0 ? <EmptyState icon={<IconMessage2 size={30} stroke={1.4} />} title={query ? t('list.noMatch') : t('shop.template.none')} /> : null}
      {shown.length > 0 ? (
        <ul className={classes.rows}>
          {shown.map((each) => (
            <li key={each.id} className={classes.row}>
              <span className={classes.what}>
                <span className={classes.name}>
                  {each.template.name}
                  {each.template.shortcut ? <code className={classes.dim}>/{each.template.shortcut}</code> : null}
                </span>
                <span className={`${classes.dim} n-clip`}>{each.template.text}</span>
                {each.rules.length > 0 ? <span className={classes.dim}>{t('shop.template.sentBy', { rules: each.rules.join(', ') })}</span> : null}
              </span>
              <span className={classes.tools}>
                <ActionIcon aria-label={t('shop.editNamed', { name: each.template.name })} onClick={() => setEdited(each)}>
                  <IconPencil size={17} stroke={1.6} />
                </ActionIcon>
                <ActionIcon aria-label={t('shop.deleteNamed', { name: each.template.name })} onClick={() => setLeaving(each)}>
                  <IconTrash size={17} stroke={1.6} />
                </ActionIcon>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {edited ? <TemplateEditor template={edited === 'new' ? null : edited} onClose={() => setEdited(null)} /> : null}
      {leaving ? <DeleteTemplate template={leaving} onClose={() => setLeaving(null)} /> : null}
    </>
  );
}

const EMPTY: SaveTemplate = { name: '', shortcut: '', text: '', html: null, variants: [] };

function TemplateEditor({ template, onClose }: { template: Template | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<SaveTemplate>(template?.template ?? EMPTY);
  const [tab, setTab] = useState<string>('base');
  const save = useChange((value: SaveTemplate) => saveTemplate(template?.id ?? null, value), KEYS, onClose);
  const index = draft.variants.findIndex((each) => each.language === tab);
  const shown = draft.variants[index] ?? draft;
  const write = (written: Words) =>
    setDraft((now) =>
      tab === 'base' ? { ...now, ...written } : { ...now, variants: now.variants.map((each) => (each.language === tab ? { ...each, ...written } : each)) },
    );
  const drop = () => {
    setDraft({ ...draft, variants: draft.variants.filter((_, i) => i !== index) });
    setTab('base');
  };
  const names = useLanguageNames();
  const left = LANGUAGES.filter((language) => !draft.variants.some((each) => each.language === language));
  const texts = [draft.text, ...draft.variants.map((each) => each.text)];
  const elsewhere = texts.filter((each) => each !== shown.text).flatMap((each) => wrongIn(each));
  return (
    <Editor
      title={template ? t('shop.editNamed', { name: template.template.name }) : t('shop.template.new')}
      draft={draft}
      onClose={onClose}
      onSubmit={() => save.mutate({ ...plainly(draft), name: draft.name.trim(), variants: draft.variants.map(plainly) })}
      saving={save.isPending}
      complete={draft.name.trim() !== '' && texts.every((each) => each.trim() !== '' && wrongIn(each).length === 0)}
      error={save.error}
      beside={elsewhere.length > 0 ? <span className={classes.error}>{t('shop.template.unknown', { names: elsewhere.join(', ') })}</span> : null}
    >
      <div className={classes.pair}>
        <TextInput label={t('shop.name')} value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} maxLength={120} required data-autofocus />
        <TextInput
          label={t('shop.template.shortcut')}
          value={draft.shortcut}
          onChange={(event) => setDraft({ ...draft, shortcut: event.currentTarget.value.replace(/[^\p{L}\p{N}_-]/gu, '') })}
          leftSection="/"
          maxLength={40}
        />
      </div>
      <Tabs value={tab} onChange={(value) => setTab(value ?? 'base')} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="base">{t('shop.template.base')}</Tabs.Tab>
          {draft.variants.map(({ language }) => (
            <Tabs.Tab key={language} value={language}>
              {names(language)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="sm">
          <Text key={tab} text={shown.text} html={shown.html ?? null} onChange={write} />
        </Tabs.Panel>
      </Tabs>
      <div className={classes.head}>
        <Select
          size="xs"
          aria-label={t('shop.template.addLanguage')}
          placeholder={t('shop.template.addLanguage')}
          data={left.map((language) => ({ value: language, label: names(language) }))}
          value={null}
          onChange={(value) => {
            if (!value) return;
            setDraft({ ...draft, variants: [...draft.variants, { language: value as Language, text: draft.text, html: draft.html ?? null }] });
            setTab(value);
          }}
        />
        {index >= 0 ? (
          <Button size="xs" variant="subtle" color="gray" leftSection={<CloseButton component="span" size="xs" aria-hidden />} onClick={drop}>
            {t('shop.template.dropLanguage', { language: names(tab) })}
          </Button>
        ) : null}
      </div>
    </Editor>
  );
}

interface Words {
  text: string;
  html: string | null;
}

/** What is not formatted is kept as words alone. */
function plainly<T extends { html?: string | null }>(words: T): T {
  return words.html && isFormatted(words.html) ? words : { ...words, html: null };
}

const NO_ARIA = {};
const nothing = () => undefined;

/** The words, formatted, the variables to put into them, and how they read. */
function Text({ text, html, onChange }: Words & { onChange: (written: Words) => void }) {
  const { t } = useTranslation();
  const pen = useRef<Pen | null>(null);
  const examples = Object.fromEntries(VARIABLES.map((name) => [name, t(`shop.example.${example(name)}`)]));
  const insert = (name: Variable) => {
    const word = name === 'customer.first_name' || name === 'customer.name' ? `{{${name}|${t('shop.template.there')}}}` : `{{${name}}}`;
    pen.current?.insert({ text: word, html: null }, 0);
  };
  const wrong = wrongIn(text);
  return (
    <div className={classes.form}>
      <Input.Wrapper
        label={t('shop.template.words')}
        labelElement="div"
        required
        error={wrong.length > 0 ? t('shop.template.unknown', { names: wrong.join(', ') }) : null}
      >
        <div className={classes.writer}>
          <Writer
            rich
            html={html}
            text={text}
            label={t('shop.template.words')}
            placeholder=""
            minRows={5}
            tools
            aria={NO_ARIA}
            onChange={onChange}
            onCaret={nothing}
            onKey={() => false}
            onFiles={nothing}
            onPicture={nothing}
            pictureSource={() => undefined}
            onPen={(next) => (pen.current = next)}
          />
        </div>
      </Input.Wrapper>
      <div className={classes.chips} role="group" aria-label={t('shop.template.variables')}>
        {VARIABLES.map((name) => (
          <Button key={name} size="compact-xs" variant="default" onMouseDown={(event) => event.preventDefault()} onClick={() => insert(name)}>
            {t(`shop.variable.${example(name)}`)}
          </Button>
        ))}
      </div>
      {text.trim() ? (
        <div>
          <span className={classes.dim}>{t('shop.template.preview')}</span>
          <p className={classes.preview}>{fillText(text, examples)}</p>
        </div>
      ) : null}
    </div>
  );
}

type Named<T extends string> = T extends `${infer A}.${infer B}` ? `${A}_${B}` : T;

/** A variable's name as part of a text's key, where a dot means something else. */
function example<T extends Variable>(name: T): Named<T> {
  return name.replace('.', '_') as Named<T>;
}

function DeleteTemplate({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useChange(() => deleteTemplate(template.id), KEYS, onClose);
  return (
    <ConfirmDelete
      title={t('shop.deleteNamed', { name: template.template.name })}
      text={t('shop.template.deleteText')}
      error={remove.error}
      pending={remove.isPending}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  );
}
