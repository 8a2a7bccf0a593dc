import { Tooltip as Hint, type TooltipProps } from '@mantine/core';
import { useState } from 'react';

/** What a button is called, for who looks for it: pressed, it is found, and nothing is covered until the pointer comes anew. */
export function Tooltip({ disabled, ...props }: TooltipProps) {
  const [pressed, setPressed] = useState(false);
  return <Hint {...props} disabled={disabled || pressed} onPointerDown={() => setPressed(true)} onMouseLeave={() => setPressed(false)} />;
}
