import { afterEach, expect, it, vi } from 'vitest';
import { copyText } from './clipboard';
import { newId } from './ids';

afterEach(() => vi.unstubAllGlobals());

it('makes ids where the page is not served securely', () => {
  const { getRandomValues } = crypto;
  vi.stubGlobal('crypto', { getRandomValues: getRandomValues.bind(crypto) });
  const ids = Array.from({ length: 1000 }, newId);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('is the only one to do so, and to copy', () => {
  const sources = import.meta.glob<string>(['/src/**/*.ts', '/src/**/*.tsx', '!/src/**/*.test.ts'], { query: '?raw', import: 'default', eager: true });
  const using = (what: string) => Object.keys(sources).filter((path) => sources[path]?.includes(what));
  expect(using('crypto.')).toEqual(['/src/app/ids.ts']);
  expect(using('navigator.clipboard')).toEqual(['/src/app/clipboard.ts']);
});

it('copies without the browser’s clipboard', async () => {
  vi.stubGlobal('navigator', {});
  const copied: string[] = [];
  document.execCommand = () => Boolean(copied.push((document.activeElement as HTMLTextAreaElement).value));
  document.body.innerHTML = '<button>here</button>';
  const button = document.querySelector('button');
  button?.focus();
  expect(await copyText('an address')).toBe(true);
  expect(copied).toEqual(['an address']);
  expect(document.activeElement).toBe(button);
  document.execCommand = () => false;
  expect(await copyText('another')).toBe(false);
});
