import { ActionIcon, TextInput } from '@mantine/core';
import type { Editor } from '@tiptap/core';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBlockquote,
  IconBold,
  IconClearFormatting,
  IconItalic,
  IconLink,
  IconList,
  IconListNumbers,
  IconStrikethrough,
  IconUnderline,
  type TablerIcon,
} from '@tabler/icons-react';
import { type KeyboardEvent, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Tooltip } from '@/app/Tooltip';
import classes from './Toolbar.module.css';

type Tool = 'bold' | 'italic' | 'underline' | 'strike' | 'link' | 'bulletList' | 'orderedList' | 'blockquote' | 'clear' | 'undo' | 'redo';

const TOOLS: readonly { name: Tool; icon: TablerIcon; keys: string }[] = [
  { name: 'bold', icon: IconBold, keys: 'Ctrl/⌘ B' },
  { name: 'italic', icon: IconItalic, keys: 'Ctrl/⌘ I' },
  { name: 'underline', icon: IconUnderline, keys: 'Ctrl/⌘ U' },
  { name: 'strike', icon: IconStrikethrough, keys: 'Ctrl/⌘ ⇧ S' },
  { name: 'link', icon: IconLink, keys: '' },
  { name: 'bulletList', icon: IconList, keys: 'Ctrl/⌘ ⇧ 8' },
  { name: 'orderedList', icon: IconListNumbers, keys: 'Ctrl/⌘ ⇧ 7' },
  { name: 'blockquote', icon: IconBlockquote, keys: 'Ctrl/⌘ ⇧ B' },
  { name: 'clear', icon: IconClearFormatting, keys: '' },
  { name: 'undo', icon: IconArrowBackUp, keys: 'Ctrl/⌘ Z' },
  { name: 'redo', icon: IconArrowForwardUp, keys: 'Ctrl/⌘ ⇧ Z' },
];

function run(editor: Editor, tool: Exclude<Tool, 'link'>): void {
  const chain = editor.chain().focus();
  switch (tool) {
    case 'bold':
      return void chain.toggleBold().run();
    case 'italic':
      return void chain.toggleItalic().run();
    case 'underline':
      return void chain.toggleUnderline().run();
    case 'strike':
      return void chain.toggleStrike().run();
    case 'bulletList':
      return void chain.toggleBulletList().run();
    case 'orderedList':
      return void chain.toggleOrderedList().run();
    case 'blockquote':
      return void chain.toggleBlockquote().run();
    case 'clear':
      return void chain.unsetAllMarks().clearNodes().run();
    case 'undo':
      return void chain.undo().run();
    case 'redo':
      return void chain.redo().run();
  }
}

const STATES = ['bold', 'italic', 'underline', 'strike', 'link', 'bulletList', 'orderedList', 'blockquote'] as const;

/** What is on at the caret. */
function useActive(editor: Editor): ReadonlySet<string> {
  const active = useSyncExternalStore(
    (listener) => {
      editor.on('transaction', listener);
      return () => editor.off('transaction', listener);
    },
    () => STATES.filter((name) => editor.isActive(name)).join(' '),
  );
  return new Set(active.split(' '));
}

/** How the text looks. One stop for Tab; the arrows move inside. */
export function Toolbar({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const active = useActive(editor);
  const [at, setAt] = useState(0);
  const [linking, setLinking] = useState(false);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (at + step + TOOLS.length) % TOOLS.length;
    setAt(next);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  if (linking) return <LinkField editor={editor} onClose={() => setLinking(false)} />;
  return (
    <div role="toolbar" aria-label={t('format.title')} className={classes.tools} onKeyDown={onKeyDown}>
      {TOOLS.map(({ name, icon: Icon, keys }, index) => (
        <Tooltip key={name} label={keys ? `${t(`format.${name}`)}  ·  ${keys}` : t(`format.${name}`)}>
          <ActionIcon
            size={28}
            tabIndex={index === at ? 0 : -1}
            aria-label={t(`format.${name}`)}
            aria-pressed={STATES.some((each) => each === name) ? active.has(name) : undefined}
            className={classes.tool}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              setAt(index);
              if (name === 'link') setLinking(true);
              else run(editor, name);
            }}
          >
            <Icon size={17} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      ))}
    </div>
  );
}

/** The address of a link: what is typed without a scheme is a web page or a mail address. */
function LinkField({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState(String(editor.getAttributes('link').href ?? ''));
  const apply = () => {
    const href = withScheme(address.trim());
    const chain = editor.chain().focus().extendMarkRange('link');
    if (!href) chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive('link')) chain.insertContent({ type: 'text', text: address.trim(), marks: [{ type: 'link', attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    onClose();
  };
  return (
    <div className={classes.link}>
      <IconLink size={16} stroke={1.7} aria-hidden />
      <TextInput
        size="xs"
        variant="unstyled"
        className={classes.address}
        aria-label={t('format.address')}
        placeholder={t('format.addressHint')}
        value={address}
        data-autofocus
        autoFocus
        onChange={(event) => setAddress(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === 'Enter') apply();
          else {
            onClose();
            editor.commands.focus();
          }
        }}
      />
      <button type="button" className={classes.apply} onClick={apply}>
        {t('format.apply')}
      </button>
    </div>
  );
}

function withScheme(address: string): string {
  if (!address || /^(https?:|mailto:|tel:)/i.test(address)) return address;
  if (/^[a-z][a-z\d+.-]*:/i.test(address)) return '';
  return /^[^\s/]+@[^\s/]+$/.test(address) ? `mailto:${address}` : `https://${address}`;
}
