import { describe, expect, it } from 'vitest';
import { bindingOf, KEYS, soughtKeys } from './keys';

describe('the registry of keys', () => {
  it('has one meaning for a key in the list and in a conversation', () => {
    const { write: _, ...groups } = KEYS; // these are for where something is written
    const all = Object.values(groups).flatMap((group) => Object.keys(group));
    expect(new Set(all).size).toBe(all.length);
  });

  it('spells keys as they are bound', () => {
    expect(['J', 'G I', 'Mod K', 'Esc', '?', 'Space', 'Mod Enter'].map(bindingOf)).toEqual(['j', 'g i', 'Mod+k', 'Escape', '?', 'Space', 'Mod+Enter']);
  });

  it('offers what is done, not how one moves about', () => {
    const words = soughtKeys().map(([, word]) => word);
    expect(words).toEqual(expect.arrayContaining(['assign', 'compose', 'help']));
    expect(words).not.toContain('down');
  });
});
