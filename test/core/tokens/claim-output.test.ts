import { describe, expect, it } from 'vitest';
import { outputHeaders, withWords } from '../../../src/core/tokens/claim-output.ts';

const claims = {
  sub: 'ada',
  age: 36,
  admin: false,
  groups: ['a'],
  realm: { role: 'clerk', deep: { id: 7 } },
  line: 'a\r\nx-admin: true',
  name: 'Åda',
  spaced: ' root',
  trailing: 'root\t',
  within: 'a b',
  huge: Number('9007199254740993'),
  half: 0.5,
  'https://x.example/id': 'i',
  none: null,
};

describe('headers that tell of a token', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['a text', ['sub'], 'ada'],
    ['a number', ['age'], '36'],
    ['a boolean', ['admin'], 'false'],
    ['a nested claim', ['realm', 'deep', 'id'], '7'],
    ['a name with dots', ['https://x.example/id'], 'i'],
    ['a list is left out', ['groups'], undefined],
    ['an object is left out', ['realm'], undefined],
    ['null is left out', ['none'], undefined],
    ['a claim that is not there', ['nobody'], undefined],
    ['what every object has is no claim', ['constructor', 'name'], undefined],
    ['a text that is more than one line is left out', ['line'], undefined],
    ['letters of Latin-1', ['name'], 'Åda'],
    ['a text with a space before it, which no header keeps, is left out', ['spaced'], undefined],
    ['a text with a tab behind it is left out', ['trailing'], undefined],
    ['a text with a space within', ['within'], 'a b'],
    ['a whole number that has lost digits is left out', ['huge'], undefined],
    ['a fraction', ['half'], '0.5'],
  ])('%s', (_rule, path, value) => {
    const told = outputHeaders({ claimHeaders: [['x-it', path]] }, claims, 'PAYLOAD');
    expect(told).toEqual(value === undefined ? [] : [['x-it', value]]);
  });

  it('the payload is told as it was sent', () => {
    expect(outputHeaders({ payloadHeader: 'x-payload' }, claims, 'PAYLOAD')).toEqual([['x-payload', 'PAYLOAD']]);
  });
});

describe('claims that are lists of words', () => {
  it.each<[string, object, readonly (readonly string[])[], object]>([
    ['a text', { scope: 'a  b' }, [['scope']], { scope: ['a', 'b'] }],
    ['a list stays', { scope: ['a b'] }, [['scope']], { scope: ['a b'] }],
    ['a nested one', { r: { s: 'a b', t: 'c d' } }, [['r', 's']], { r: { s: ['a', 'b'], t: 'c d' } }],
    ['what is not there stays so', { a: 1 }, [['scope'], ['a', 'b']], { a: 1 }],
  ])('%s', (_rule, given, paths, read) => {
    expect(withWords(given as Record<string, unknown>, paths)).toEqual(read);
  });
});
