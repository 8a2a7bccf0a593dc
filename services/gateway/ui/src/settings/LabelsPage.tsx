import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { IconPencil, IconPlus, IconTags, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState } from '@/app/states';
import { LabelChip } from '@/conversation/LabelChip';
import { labelsOptions } from '@/inbox/queries';
import { type Colour, deleteLabel, type Label, labelUsesOptions, saveLabel } from './queries';
import { ConfirmDelete, Editor, useChange } from './shared';
import classes from './shop.module.css';

const COLOURS = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'pink', 'brown'] as const satisfies readonly Colour[];
const KEYS = [['labels'], ['conversations'], ['settings', 'rules']] as const;

/** The shop's labels and their colours. */
export function LabelsPage() {
  const { t } = useTranslation();
  const { data: labels, error, refetch } = useQuery(labelsOptions);
  const [edited, setEdited] = useState<Label | 'new' | null>(null);
  const [leaving, setLeaving] = useState<Label | null>(null);
  if (error && !labels) return <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <>
      <div className={classes.bar}>
        <p>{t('shop.label.text')}</p>
        <Button size="xs" leftSection={<IconPlus size={15} />} onClick={() => setEdited('new')}>
          {t('shop.label.new')}
        </Button>
      </div>
      {labels?.length === 0 ? <EmptyState icon={<IconTags size={30} stroke={1.4} />} title={t('shop.label.none')} /> : null}
      {labels && labels.length > 0 ? (
        <ul className={classes.rows}>
          {labels.map((label) => (
            <li key={label.name} className={classes.row}>
              <ColourButton label={label} />
              <span className={classes.what}>
                <Link to="/inbox" search={{ label: [label.name] }} className={classes.dim}>
                  {t('shop.label.conversations', { count: label.conversations })}
                </Link>
              </span>
              <span className={classes.tools}>
                <ActionIcon aria-label={t('shop.editNamed', { name: label.name })} onClick={() => setEdited(label)}>
                  <IconPencil size={17} stroke={1.6} />
                </ActionIcon>
                <ActionIcon aria-label={t('shop.deleteNamed', { name: label.name })} onClick={() => setLeaving(label)}>
                  <IconTrash size={17} stroke={1.6} />
                </ActionIcon>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {edited ? <LabelEditor label={edited === 'new' ? null : edited} taken={labels ?? []} onClose={() => setEdited(null)} /> : null}
      {leaving ? <DeleteLabel label={leaving} onClose={() => setLeaving(null)} /> : null}
    </>
  );
}

/** The label itself; pressing it offers the colours. */
function ColourButton({ label }: { label: Label }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const save = useChange((colour: Colour) => saveLabel(label.name, { name: label.name, colour }), KEYS, () => setOpened(false));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-sm" title={t('shop.label.colour')} aria-label={t('shop.label.colourOf', { name: label.name })} onClick={() => setOpened(!opened)}>
          <LabelChip name={label.name} colour={label.colour} />
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('shop.label.colour')}>
        <Swatches name={t('shop.label.sample')} value={label.colour} onChange={(colour) => save.mutate(colour)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Swatches({ name, value, onChange }: { name: string; value: Colour; onChange: (colour: Colour) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.swatches} role="group" aria-label={t('shop.label.colour')}>
      {COLOURS.map((colour) => (
        <Button
          key={colour}
          size="compact-sm"
          variant={colour === value ? 'outline' : 'subtle'}
          color="gray"
          aria-pressed={colour === value}
          aria-label={`${name}, ${t(`shop.colour.${colour}`)}`}
          title={t(`shop.colour.${colour}`)}
          onClick={() => onChange(colour)}
        >
          <LabelChip name={name} colour={colour} />
        </Button>
      ))}
    </div>
  );
}

function LabelEditor({ label, taken, onClose }: { label: Label | null; taken: readonly Label[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(label?.name ?? '');
  const [colour, setColour] = useState<Colour>(label?.colour ?? 'teal');
  const save = useChange(() => saveLabel(label?.name ?? null, { name: name.trim(), colour }), KEYS, onClose);
  const other = taken.find((each) => each.name === name.trim() && each.name !== label?.name);
  return (
    <Editor
      title={label ? t('shop.editNamed', { name: label.name }) : t('shop.label.new')}
      draft={{ name, colour }}
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      saving={save.isPending}
      complete={name.trim() !== ''}
      error={save.error}
      size={460}
    >
      <TextInput
        label={t('shop.name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={60}
        required
        data-autofocus
        description={other && label ? t('shop.label.joins', { name: other.name }) : undefined}
      />
      <Swatches name={name.trim() || t('shop.label.sample')} value={colour} onChange={setColour} />
    </Editor>
  );
}

function DeleteLabel({ label, onClose }: { label: Label; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: uses } = useQuery(labelUsesOptions(label.name));
  const remove = useChange(() => deleteLabel(label.name), KEYS, onClose);
  return (
    <ConfirmDelete
      title={t('shop.deleteNamed', { name: label.name })}
      text={uses ? t('shop.label.deleteText', { count: uses.conversations }) : '…'}
      error={remove.error}
      pending={remove.isPending || !uses}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  );
}
