import { Select, type SelectProps } from '@mantine/core';
import { useMemo } from 'react';

interface Props extends Omit<SelectProps<string>, 'data' | 'value' | 'onChange'> {
  value: string | null;
  /** What no zone is called, where there may be none. */
  none?: string;
  onChange: (zone: string | null) => void;
}

/** A time zone of those that the browser knows, and the one that is set. */
export function ZoneSelect({ value, none, onChange, ...props }: Props) {
  const data = useMemo(() => {
    const zones = new Set(['UTC', ...(value ? [value] : []), ...Intl.supportedValuesOf('timeZone')]);
    return [...(none ? [{ value: '', label: none }] : []), ...[...zones].sort()];
  }, [value, none]);
  return <Select data={data} value={value ?? ''} onChange={(zone) => onChange(zone || null)} searchable allowDeselect={false} limit={60} {...props} />;
}
