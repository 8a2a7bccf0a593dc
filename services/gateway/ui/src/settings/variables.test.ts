import { expect, it } from 'vitest';
import { SIGNERS, VARIABLES, wrongIn } from './variables';

it('known variables are right, with other words or without', () => {
  expect(VARIABLES.flatMap((name) => wrongIn(`{{${name}}}, {{ ${name} | there }}!`))).toEqual([]);
});

it('what the server would refuse is named, each once', () => {
  expect(wrongIn('Hi {{customer.nickname}}, {{customer.nickname}}')).toEqual(['{{customer.nickname}}']);
  expect(wrongIn('{{no.such|there}} {{name}} {{Customer Name}}')).toEqual(['{{no.such|there}}', '{{name}}', '{{Customer Name}}']);
  expect(wrongIn('{{customer.name')).toEqual(['{{customer.name']);
  expect(wrongIn('customer.name}} {one} }')).toEqual(['}}']);
});

it('knows what a signature may name', () => {
  expect(SIGNERS.flatMap((name) => wrongIn(`{{${name}}}`, SIGNERS))).toEqual([]);
  expect(wrongIn('{{customer.name}}, {{agent.name}}', SIGNERS)).toEqual(['{{customer.name}}']);
});
