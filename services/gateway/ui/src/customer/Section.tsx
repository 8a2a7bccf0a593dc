import { UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import { useSectionOpen } from '@/app/preferences';
import classes from './Section.module.css';

interface Props {
  name: string;
  title: string;
  /** How many there are; nothing while that is not known, or none. */
  count?: number | string;
  children: ReactNode;
}

/** A part of the panel that can be closed; the browser remembers it. */
export function Section({ name, title, count, children }: Props) {
  const [open, setOpen] = useSectionOpen(name, true);
  const id = useId();
  return (
    <section className={classes.section}>
      <h3>
        <UnstyledButton className={classes.toggle} aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {title}
          {count ? <span className="n-figures">{count}</span> : null}
          <IconChevronDown size={15} aria-hidden data-open={open} />
        </UnstyledButton>
      </h3>
      <div id={id} hidden={!open}>
        {children}
      </div>
    </section>
  );
}
