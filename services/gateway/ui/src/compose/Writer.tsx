import { Textarea } from '@mantine/core';
import { type ClipboardEvent, type ComponentType, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePlainText } from '@/writing/correctable';
import { textToHtml } from './html';
import { fieldPen } from './pen';
import type { RichEditorProps } from './RichEditor';
import classes from './Writer.module.css';

const TEXT_MAX = 200_000;

type Editor = ComponentType<RichEditorProps>;

let loaded: Editor | undefined;

/** Fetch the editor; the second time it is there. Rejects when it cannot be fetched. */
async function loadEditor(): Promise<Editor> {
  loaded ??= (await import('./RichEditor')).default;
  return loaded;
}

/** Fetch the editor while nothing else is to be done. */
export function fetchEditorSoon(): void {
  const fetchIt = () => void loadEditor().catch(() => undefined); // whoever needs it tries again
  if ('requestIdleCallback' in window) requestIdleCallback(fetchIt, { timeout: 4000 });
  else setTimeout(fetchIt, 1500);
}

export type WriterProps = Omit<RichEditorProps, 'autoFocus'> & { rich: boolean; minRows?: number };

/** Where a text is written: in the editor of mails, or in a plain field. */
export function Writer({ rich, ...props }: WriterProps) {
  const [editor, setEditor] = useState<Editor | 'failed' | undefined>(() => loaded);
  const focused = useRef(false);
  useEffect(() => {
    if (!rich || editor) return undefined;
    let gone = false;
    loadEditor().then(
      (found) => gone || setEditor(() => found),
      () => gone || setEditor('failed'),
    );
    return () => {
      gone = true;
    };
  }, [rich, editor]);
  if (!rich || editor === 'failed') return <PlainField {...props} />;
  if (!editor) return <Meanwhile {...props} focused={focused} />;
  const Rich = editor;
  return <Rich {...props} autoFocus={focused.current} />;
}

type FieldProps = Omit<WriterProps, 'rich'>;

function PlainField({ text, label, placeholder, onChange, onCaret, onKey, onFiles, onPen, aria, minRows = 2 }: FieldProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const write = useRef(onChange);
  write.current = onChange;
  const plain = usePlainText(text, (next) => onChange({ html: null, text: next }));
  useLayoutEffect(() => {
    onPen(fieldPen(() => area.current, plain, (next) => write.current({ html: null, text: next })));
    return () => onPen(null);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the pen asks for what is there when it writes
  }, []);
  return (
    <Textarea
      ref={area}
      autosize
      minRows={minRows}
      maxRows={12}
      variant="unstyled"
      maxLength={TEXT_MAX}
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => onChange({ html: null, text: event.currentTarget.value })}
      onSelect={onCaret}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || event.keyCode === 229) return;
        if (onKey(event.nativeEvent)) event.preventDefault();
      }}
      onPaste={(event: ClipboardEvent) => {
        if (event.clipboardData.files.length === 0) return;
        event.preventDefault();
        onFiles([...event.clipboardData.files]);
      }}
      classNames={{ input: classes.input }}
      {...Object.fromEntries(Object.entries(aria).filter(([, value]) => value))}
    />
  );
}

/** Takes the keys while the editor is being fetched: they go below what is there by then, and into the draft. */
function Meanwhile({ focused, text, html, ...props }: FieldProps & { focused: { current: boolean } }) {
  const { t } = useTranslation();
  const [before, setBefore] = useState({ text, html });
  const [typed, setTyped] = useState('');
  // Until something is typed the draft may still come: from the server, or back from being sent.
  if (typed === '' && (text !== before.text || html !== before.html)) setBefore({ text, html });
  const write = (more: string) => {
    setTyped(more);
    if (!before.text && before.html === null) props.onChange({ html: null, text: more });
    else {
      const joined = (before.html ?? textToHtml(before.text)) + textToHtml(more);
      props.onChange({ html: more ? joined : before.html, text: more ? `${before.text}\n${more}` : before.text });
    }
  };
  return (
    <div onFocus={() => (focused.current = true)} onBlur={() => (focused.current = false)}>
      {before.text ? (
        <div dir="auto" className={classes.before} aria-label={t('state.loading')}>
          {before.text}
        </div>
      ) : null}
      <PlainField {...props} html={null} text={typed} onChange={(written) => write(written.text)} />
    </div>
  );
}
