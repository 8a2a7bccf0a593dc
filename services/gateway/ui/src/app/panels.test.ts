import { beforeEach, describe, expect, it } from 'vitest';
import { clamp, CUSTOMER, LIST, rememberedWidth, rememberWidth, widthAfterKey } from './panels';

describe('the width of a panel', () => {
  beforeEach(() => localStorage.clear());

  it('stays within what is readable', () => {
    expect([0, 333.4, 9999].map((width) => clamp(LIST, width))).toEqual([280, 333, 480]);
  });

  it('follows the arrow towards which the separator goes', () => {
    expect(widthAfterKey(LIST, 360, 'ArrowRight')).toBe(376);
    expect(widthAfterKey(LIST, 284, 'ArrowLeft')).toBe(280);
    expect(widthAfterKey(CUSTOMER, 320, 'ArrowRight')).toBe(304);
    expect(widthAfterKey(CUSTOMER, 320, 'ArrowLeft')).toBe(336);
    expect(widthAfterKey(CUSTOMER, 320, 'End')).toBe(420);
    expect(widthAfterKey(CUSTOMER, 320, 'x')).toBeUndefined();
  });

  it('is remembered, whatever is in the store', () => {
    rememberWidth(LIST, 400);
    expect(rememberedWidth(LIST)).toBe(400);
    localStorage.setItem('nitka.width.list', 'wide');
    expect(rememberedWidth(LIST)).toBe(LIST.initial);
    localStorage.setItem('nitka.width.list', '5000');
    expect(rememberedWidth(LIST)).toBe(480);
    rememberWidth(LIST, LIST.initial);
    expect(localStorage.getItem('nitka.width.list')).toBeNull();
  });
});
