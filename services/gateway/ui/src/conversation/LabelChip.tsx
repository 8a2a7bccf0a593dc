import { useQuery } from '@tanstack/react-query';
import { labelsOptions } from '@/inbox/queries';
import classes from './LabelChip.module.css';

/** A label as it looks everywhere. `colour`: before it is saved; else its own. */
export function LabelChip({ name, colour }: { name: string; colour?: string }) {
  const { data: own = 'grey' } = useQuery({
    ...labelsOptions,
    select: (labels) => labels.find((each) => each.name === name)?.colour ?? 'grey',
  });
  return (
    <span className={`${classes.chip} n-clip`} data-colour={colour ?? own}>
      {name}
    </span>
  );
}
