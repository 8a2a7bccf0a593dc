/** What the corrector proposes: marks inside the editor's text, or a plain field's text with its marks instead of it. */
import { Button, CloseButton, Loader, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconInfoCircle, IconLanguage } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Correctable } from './correctable';
import classes from './Correction.module.css';
import { Proposals } from './Proposals';
import { ProposalsInText } from './ProposalsInText';
import { type Phase, type Reviewing, useReview } from './useReview';

interface Props {
  target: Correctable;
  keep: readonly string[];
  /** Whether the text with its marks is shown and the field is to be hidden. */
  onInstead: (instead: boolean) => void;
  /** The field is shown again. */
  onBack: () => void;
  onEnd: () => void;
}

export default function Correction({ target, keep, onInstead, onBack, onEnd }: Props) {
  const { i18n } = useTranslation();
  const reviewing = useReview(target, keep, i18n.language);
  const { phase } = reviewing;
  const editor = target.editor();
  const instead = phase.name === 'reviewing' && !editor;
  const over = phase.name === 'done' && phase.review.done.length === 0;
  const latest = useRef({ onInstead, onBack, onEnd });
  latest.current = { onInstead, onBack, onEnd };
  useEffect(() => {
    if (!instead) return undefined;
    latest.current.onInstead(true);
    return () => {
      latest.current.onInstead(false);
      latest.current.onBack();
    };
  }, [instead]);
  useEffect(() => {
    if (over) latest.current.onEnd();
  }, [over]);
  useEndWhenWritten(phase, target.text(), () => latest.current.onEnd());

  if (over) return null;
  if (phase.name !== 'reviewing') return <Notice reviewing={reviewing} onEnd={onEnd} />;
  const given = { review: phase.review, reviewing, onEnd, children: <LanguageMenu language={phase.language} onPick={reviewing.checkAs} /> };
  if (!editor) return <Proposals {...given} />;
  return <ProposalsInText editor={editor} {...given} />;
}

/** A word about a text is of no use any more when the text is another one. */
function useEndWhenWritten(phase: Phase, text: string, onEnd: () => void): void {
  const about = useRef<{ phase: string; text: string } | null>(null);
  const stale = phase.name === 'nothing' || phase.name === 'failed';
  useEffect(() => {
    if (stale && about.current?.phase === phase.name && about.current.text !== text) onEnd();
    about.current = { phase: phase.name, text };
  });
}

const LINE_ICON = { size: 16, stroke: 1.6, 'aria-hidden': true } as const;

function Notice({ reviewing, onEnd }: { reviewing: Reviewing; onEnd: () => void }) {
  const { t } = useTranslation();
  const { phase } = reviewing;
  const { icon, text, actions } = useNotice(phase, reviewing);
  return (
    <div className={classes.notice} role="status" data-failed={phase.name === 'failed' || undefined}>
      {icon}
      <span className={classes.words}>{text}</span>
      {actions}
      <CloseButton size="sm" aria-label={t('close')} onClick={onEnd} />
    </div>
  );
}

const FAILURES = ['corrector_failed', 'corrector_unavailable', 'language_not_supported', 'not_configured', 'too_long'] as const;

function useNotice(phase: Phase, reviewing: Reviewing): { icon: ReactNode; text: string; actions?: ReactNode } {
  const { t } = useTranslation();
  switch (phase.name) {
    case 'nothing':
      return {
        icon: <IconCheck {...LINE_ICON} />,
        text: t('writing.nothing'),
        actions: <LanguageMenu language={phase.language} onPick={reviewing.checkAs} />,
      };
    case 'done':
      return {
        icon: <IconCheck {...LINE_ICON} />,
        text: t('writing.made', { count: phase.review.done.length }),
        actions: (
          <Button size="compact-xs" variant="default" onClick={reviewing.undo}>
            {t('undo')}
          </Button>
        ),
      };
    case 'failed': {
      const known = FAILURES.find((each) => each === phase.code) ?? 'corrector_unavailable';
      const again = known === 'language_not_supported';
      return {
        icon: <IconInfoCircle {...LINE_ICON} />,
        text: t(`writing.failure.${known}`),
        actions: again ? <LanguageMenu language={null} onPick={reviewing.checkAs} /> : null,
      };
    }
    default:
      return { icon: <Loader size={14} color="gray" />, text: checkingText(phase, t) };
  }
}

function checkingText(phase: Phase, t: TFunction): string {
  const state = phase.name === 'checking' ? phase.state : null;
  if (!state) return t('writing.checking');
  if (state.state === 'fetching') return t('writing.fetching', { percent: state.progress ?? 0 });
  return t('writing.starting');
}

const OFFERED = ['en-US', 'en-GB', 'pl', 'pt-BR', 'es', 'tr'] as const;

function LanguageMenu({ language, onPick }: { language: string | null; onPick: (language: string | null) => void }) {
  const { t, i18n } = useTranslation();
  const names = new Intl.DisplayNames(i18n.language, { type: 'language' });
  return (
    <Menu position="top-start">
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconLanguage size={14} aria-hidden />}
          rightSection={<IconChevronDown size={12} aria-hidden />}
        >
          {language && language !== 'und' ? names.of(language) : t('writing.checkAs')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('writing.checkAs')}</Menu.Label>
        {OFFERED.map((each) => (
          <Menu.Item key={each} onClick={() => onPick(each)}>
            {names.of(each)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
