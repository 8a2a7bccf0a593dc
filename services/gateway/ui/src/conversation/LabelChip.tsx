import classes from './LabelChip.module.css';

/** A label as it looks everywhere. */
export function LabelChip({ name }: { name: string }) {
  return <span className={`${classes.chip} n-clip`}>{name}</span>;
}
