import { act, createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bindings, keyName, onKey, useHas, useKeys } from './shortcuts';

vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);

const press = (key: string, fields: KeyboardEventInit = {}) => keyName(new KeyboardEvent('keydown', { key, ...fields }));

beforeEach(() => localStorage.clear());

describe('keys', () => {
  it('are named without regard to case', () => {
    expect([press('j'), press('J'), press(' '), press('?', { shiftKey: true }), press('Enter')]).toEqual(['j', 'j', 'Space', '?', 'Enter']);
  });

  it('leave the browser its own', () => {
    expect(press('k', { ctrlKey: true })).toBe('Mod+k');
    expect(press('K', { ctrlKey: true, shiftKey: true })).toBeUndefined();
    expect(press('l', { altKey: true })).toBeUndefined();
  });
});

describe('bindings', () => {
  let unbind = () => {};
  afterEach(() => unbind());

  /** What is done while keys go to something with this content. */
  function bound(bindings: Bindings, html = '') {
    const box = document.body.appendChild(document.createElement('div'));
    const field = document.body.appendChild(document.createElement('div'));
    field.innerHTML = html;
    const root = createRoot(box);
    act(() => root.render(createElement(() => (useKeys(bindings), null))));
    unbind = () => {
      act(() => root.unmount());
      box.remove();
      field.remove();
    };
    return (key: string, fields: KeyboardEventInit = {}) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...fields });
      (field.firstElementChild ?? field).dispatchEvent(event);
      return event.defaultPrevented;
    };
  }

  it('act once for a key that is held down, and again where it moves on', () => {
    const serve = vi.fn();
    const down = vi.fn();
    const send = bound({ Space: serve, j: down });
    for (const repeat of [false, true, true]) {
      expect([send(' ', { repeat }), send('j', { repeat })]).toEqual([true, true]);
    }
    expect(serve).toHaveBeenCalledOnce();
    expect(down).toHaveBeenCalledTimes(3);
  });

  it('tell which of several has a key', () => {
    const has = new Map<string, boolean>();
    const Offer = ({ name, above, keys }: { name: string; above?: boolean; keys: Bindings }) => (has.set(name, useHas(useKeys(keys, above), 'z')), null);
    const box = document.body.appendChild(document.createElement('div'));
    const root = createRoot(box);
    const show = (...names: string[]) => {
      has.clear();
      act(() => root.render(names.map((name) => createElement(Offer, { key: name, name, above: name === 'above', keys: name === 'none' ? {} : { z: () => {} } }))));
      return names.map((name) => has.get(name));
    };
    expect(show('one')).toEqual([true]);
    expect(show('one', 'two', 'none')).toEqual([false, true, false]);
    expect(show('one', 'two', 'above')).toEqual([false, false, true]);
    expect(show('one')).toEqual([true]);
    act(() => root.unmount());
    box.remove();
  });

  it('leave a link that has the focus its own key, also one of another document', () => {
    const open = vi.fn();
    bound({ Enter: open });
    const link = document.implementation.createHTMLDocument().createElement('a');
    link.href = 'https://shop.example';
    const event = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true });
    // Not of this window's classes, as nothing in a frame is.
    Object.defineProperty(event, 'target', { value: { closest: (selector: string) => link.closest(selector) } });
    onKey(event);
    expect(open).not.toHaveBeenCalled();
    expect(event.defaultPrevented).toBe(false);
  });

  it.each([
    ['<input type="radio">', ['e']],
    ['<input type="checkbox">', ['e']],
    ['<input type="search">', []],
    ['<input>', []],
    ['<textarea></textarea>', []],
    ['<div contenteditable="true"></div>', []],
  ])('are for letters where %s takes none, which keeps the keys of its own', (html, done) => {
    const acted: string[] = [];
    const send = bound(Object.fromEntries(['e', 'Space', 'ArrowDown'].map((key) => [key, () => acted.push(key)])), html);
    ['e', ' ', 'ArrowDown'].forEach((key) => send(key));
    expect(acted).toEqual(done);
  });
});
