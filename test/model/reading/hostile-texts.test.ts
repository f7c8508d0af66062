import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, parseFile } from '../../../src/model/reading/parse.ts';
import { parseStored } from '../../../src/model/reading/stored.ts';
import { maxDepth, maxTextLength } from '../../../src/model/reading/text-limits.ts';

describe('hostile texts end in an error, soon', () => {
  const deep = 20_000;
  const long = 1 << 18;
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(',')}]`).join('\n')}`;
  test.each([
    ['more than a document may have', 'x'.repeat(maxTextLength + 1)],
    ['deep lists', '['.repeat(deep)],
    ['deep objects', '{"a":'.repeat(deep)],
    ['deep block sequences', '- '.repeat(deep)],
    ['deep keys', '? '.repeat(deep)],
    ['balanced depth', `${'['.repeat(maxDepth + 2)}${']'.repeat(maxDepth + 2)}`],
    ['aliases that multiply', bomb],
    ['an alias of itself', 'a: &a [*a]'],
    ['a list without end', `[${'1,'.repeat(60_000)}1]`],
    ['very many fields', `{${Array.from({ length: 12_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
    ['one field over and over', `service: x\n${'a: 1\n'.repeat(9_000)}`],
    ['a string without end', `{"service": "${'x'.repeat(long)}`],
    ['a long string', JSON.stringify({ service: 'x'.repeat(long) })],
    ['closing brackets', '}'.repeat(100_000)],
    ['very many documents', '--- a\n'.repeat(20_000)],
    ['NUL', '\0'.repeat(100_000)],
    ['prototype', '{"__proto__": {"service": "x"}, "constructor": {"prototype": 1}}'],
    [
      'a huge expression',
      JSON.stringify({
        service: 'x',
        versions: { v: { worker: 'x' } },
        routes: [
          {
            name: 'r',
            matches: [{ path: { type: 'RegularExpression', value: '(?:[ab]?){1000}'.repeat(5) } }],
            backends: [],
          },
        ],
      }),
    ],
    [
      'very many expressions',
      JSON.stringify({
        service: 'x',
        versions: { v: { worker: 'x' } },
        routes: Array.from({ length: 200 }, (_, index) => ({
          name: `r${index}`,
          matches: [{ path: { type: 'RegularExpression', value: '.*a.{900}b' } }],
          backends: [],
        })),
      }),
    ],
  ])('%s', (_, text) => {
    expect(parseDocument(text, { format: 'yaml' }).ok).toBe(false);
    expect(parseStored(text, 'service/x').ok).toBe(false);
  });

  const numbered = <Item>(count: number, item: (index: number) => Item): Item[] =>
    Array.from({ length: count }, (_, index) => item(index));
  test.each([
    [
      'unknown fields are told by the first of them and their number',
      numbered(50_000, (index) => [`k${index}`, 1] as const),
      numbered(1, (index) => [`v${index}`, { worker: 'x' }] as const),
      21,
      'alone; 49980 fields more are unknown',
    ],
    [
      'where too many versions are declared, none that routes use is compared with them',
      [],
      numbered(20_000, (index) => [`v${index}`, { worker: 'x' }] as const),
      1,
      'at most 256 entries',
    ],
    [
      'no more mistakes than help are put into words',
      [],
      numbered(256, (index) => [`v${index}`, { worker: 'x' }] as const),
      200,
      '',
    ],
  ])('%s', (_, unknown, versions, count, expected) => {
    const routes = numbered(10_000, (index) => ({ name: `r${index}`, backends: [{ version: `w${index}` }] }));
    const text = JSON.stringify({
      service: 'x',
      versions: Object.fromEntries(versions),
      ...Object.fromEntries(unknown),
      routes,
    });
    const parsed = parseStored(text, 'service/x');
    if (parsed.ok) throw new Error('the document is refused');
    expect(parsed.issues).toHaveLength(count);
    expect(parsed.issues.some((issue) => issue.expected.endsWith(expected))).toBe(true);
  });

  test('any text has an answer', () => {
    const bits = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      "'",
      '- ',
      '\n',
      '  ',
      'service',
      'x',
      '1',
      '&a ',
      '*a',
      '|',
      '#',
      '!!str ',
      '---\n',
      '?',
      '\\',
      '%YAML 1.1\n',
      '<<',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        for (const result of [
          parseDocument(text, { format: 'yaml' }),
          parseStored(text, 'mesh'),
          parseFile(text, 'x.yaml'),
        ]) {
          if (!result.ok) expect(result.issues.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('JSON is what JSON.parse takes for JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json({ maxDepth: 4 }),
          fc.json({ maxDepth: 3 }).map((text) => text.slice(0, -1)),
          fc.string({ maxLength: 6 }),
        ),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          const parsed = parseStored(text, 'mesh');
          expect(parsed.ok || parsed.issues.every((issue) => issue.code !== 'SV0001')).toBe(valid);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
