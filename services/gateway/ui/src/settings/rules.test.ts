import { describe, expect, it } from 'vitest';
import { ACTION_KINDS, emptyAction, emptyCondition, emptyGroup, emptyRule, FACT_NAMES, FACTS, isComplete, moved, trimmed, wholeSentence, withAt } from './rules';

describe('a rule in the editor', () => {
  it('begins incomplete and is complete when everything says something', () => {
    const rule = emptyRule(0);
    expect(isComplete(rule)).toBe(false);
    const full = {
      ...rule,
      name: 'Returns',
      groups: [{ ...emptyGroup(), conditions: [{ ...emptyCondition('text'), values: ['return'] }] }],
      actions: [{ kind: 'add_label' as const, label: 'returns' }],
    };
    expect(isComplete(full)).toBe(true);
    expect(isComplete({ ...full, name: '  ' })).toBe(false);
    expect(isComplete({ ...full, actions: [{ kind: 'add_label', label: ' ' }] })).toBe(false);
  });

  it('has a sentence for each value of a fact that has one of few', () => {
    for (const fact of FACT_NAMES) {
      const { choice } = FACTS[fact];
      for (const value of choice.by === 'one' ? choice.values : []) expect(wholeSentence(fact, value)).toBe(`${fact}_${value}`);
    }
    expect(wholeSentence('text', 'yes')).toBeUndefined();
  });

  it('has an operator and a way to choose for every fact', () => {
    for (const fact of FACT_NAMES) {
      const condition = emptyCondition(fact);
      expect(FACTS[fact].ops).toContain(condition.op);
      expect(condition.values.length).toBe(FACTS[fact].choice.by === 'one' ? 1 : 0);
    }
  });

  it('knows every action', () => {
    expect(ACTION_KINDS.map((kind) => emptyAction(kind).kind)).toEqual([...ACTION_KINDS]);
  });

  it('drops groups without conditions', () => {
    expect(trimmed({ ...emptyRule(0), name: ' a ', groups: [{ match: 'all', conditions: [] }] })).toMatchObject({ name: 'a', groups: [] });
  });
});

describe('moving a rule', () => {
  const rules = ['a', 'b', 'c'].map((id, position) => ({ id, rule: emptyRule(position) }));
  const places = (changed: typeof rules) => changed.map((each) => [each.id, each.rule.position]);

  it('changes the places of two', () => {
    expect(places(moved(rules, 2, -1))).toEqual([['c', 1], ['b', 2]]);
    expect(places(moved(rules, 0, 1))).toEqual([['b', 0], ['a', 1]]);
  });

  it('stops at the ends', () => {
    expect(moved(rules, 0, -1)).toEqual([]);
    expect(moved(rules, 2, 1)).toEqual([]);
  });

  it('puts rules with the same position into an order', () => {
    const same = rules.map((each) => ({ ...each, rule: { ...each.rule, position: 0 } }));
    expect(places(moved(same, 1, -1))).toEqual([['a', 1], ['c', 2]]);
  });
});

it('replaces or takes out one of a list', () => {
  expect(withAt([1, 2, 3], 1, 9)).toEqual([1, 9, 3]);
  expect(withAt([1, 2, 3], 1, null)).toEqual([1, 3]);
});
