import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffDocuments, introduceDocument } from '../../../src/model/diff/diff.ts';
import { parseDocument } from '../../../src/model/reading/parse.ts';
import type { StoredDocument } from '../../../src/model/sound-document.ts';

function document(text: string): StoredDocument {
  const parsed = parseDocument(text, { format: 'yaml' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.document;
}

const testers =
  '  - { name: testers, matches: [{ headers: [{ name: x-user, value: tester }] }], backends: [{ version: v2 }] }\n';
const before = `service: payment
versions: { v1: { worker: payment }, v2: { worker: payment-v2 } }
routes:
${testers}  - { name: default, timeouts: { request: 2s }, backends: [{ version: v1, weight: 90 }, { version: v2, weight: 10 }] }
access: { mode: strict, rules: [{ action: allow, from: { principals: [orders] }, to: { paths: [/charge] } }] }
`;

interface Row {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly words: readonly string[];
}

describe('changes in words', () => {
  test.each<Row>([
    {
      name: 'none where only the writing differs',
      from: 'timeouts: { request: 2s }, backends',
      to: 'timeouts: { "request": "2s" }, backends',
      words: [],
    },
    {
      name: 'a weight, with the share that it makes, and the shares that others lose by it',
      from: 'weight: 10',
      to: 'weight: 20',
      words: [
        'route default: share of v1 90% -> 81.8% (weight stays 90)',
        'route default: weight of v2 10 -> 20 (share 10% -> 18.2%)',
      ],
    },
    {
      name: 'weights that change and make the same shares',
      from: 'weight: 90 }, { version: v2, weight: 10',
      to: 'weight: 9 }, { version: v2, weight: 1',
      words: [
        'route default: weight of v1 90 -> 9 (share stays 90%)',
        'route default: weight of v2 10 -> 1 (share stays 10%)',
      ],
    },
    {
      name: 'no calls for anybody where all weights are 0',
      from: 'weight: 90 }, { version: v2, weight: 10',
      to: 'weight: 0 }, { version: v2, weight: 0',
      words: [
        'route default: weight of v1 90 -> 0 (share 90% -> 0%)',
        'route default: weight of v2 10 -> 0 (share 10% -> 0%)',
      ],
    },
    {
      name: 'a weight that nobody wrote is 1, and a small share has digits that tell it from none',
      from: 'weight: 90 }, { version: v2, weight: 10',
      to: 'weight: 9999 }, { version: v2',
      words: [
        'route default: weight of v1 90 -> 9999 (share 90% -> 100%)',
        'route default: weight of v2 10 -> 1 (share 10% -> 0.01%)',
      ],
    },
    {
      name: 'backends that come and go',
      from: 'weight: 90 }, { version: v2, weight: 10 }',
      to: 'weight: 90 }, { service: legacy, weight: 30 }',
      words: [
        'route default: share of v1 90% -> 75% (weight stays 90)',
        'route default: backend service legacy added with weight 30 (share 25%)',
        'route default: backend v2 removed (its share was 10%)',
      ],
    },
    {
      name: 'a filter of one backend',
      from: 'weight: 10 }',
      to: 'weight: 10, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-a] } }] }',
      words: [
        'route default, backend v2: filter RequestHeaderModifier added: { type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-a] } }',
      ],
    },
    {
      name: 'a timeout',
      from: 'request: 2s',
      to: 'request: 3s, backendRequest: 1s',
      words: ['route default: timeouts.request 2s -> 3s', 'route default: timeouts.backendRequest added: 1s'],
    },
    {
      name: 'a version',
      from: 'v1: { worker: payment }',
      to: 'v1: { worker: pay }, v3: { url: "https://x" }',
      words: ['version v1: worker payment -> pay', 'version v3 added: { url: "https://x" }'],
    },
    {
      name: 'a value in a match',
      from: 'value: tester',
      to: 'value: "two words"',
      words: ['route testers, match 1, header x-user: value tester -> "two words"'],
    },
    {
      name: 'a second match, and a condition of the first',
      from: 'matches: [{ headers',
      to: 'matches: [{ method: GET }, { path: { value: /a }, headers',
      words: ['route testers, match 2: path added: { value: /a }', 'route testers: match 1 added: { method: GET }'],
    },
    {
      name: 'a route that is gone',
      from: testers,
      to: '',
      words: [
        'route testers removed: { matches: [{ headers: [{ name: x-user, value: tester }] }], backends: [{ version: v2 }] }',
      ],
    },
    {
      name: 'a route that is new, and where it stands',
      from: '  - { name: default',
      to: '  - { name: canary, backends: [{ version: v2 }] }\n  - { name: default',
      words: ['route canary added before default: { backends: [{ version: v2 }] }'],
    },
    {
      name: 'a route that is new at the end',
      from: 'access:',
      to: '  - { name: rest, backends: [{ version: v1 }] }\naccess:',
      words: ['route rest added at the end, after default: { backends: [{ version: v1 }] }'],
    },
    {
      name: 'a caller',
      from: '[orders]',
      to: '[orders, gateway]',
      words: ['access rule 1: from.principals now with gateway'],
    },
    { name: 'the mode of access', from: 'mode: strict, ', to: '', words: ['access.mode removed (was strict)'] },
    {
      name: 'a rule before one without a name, which is still the same rule',
      from: 'rules: [',
      to: 'rules: [{ name: no-bots, action: deny, from: { principals: [bot] } }, ',
      words: ['access rule no-bots added: { action: deny, from: { principals: [bot] } }'],
    },
    {
      name: 'a rule that is gone',
      from: ', rules: [{ action: allow, from: { principals: [orders] }, to: { paths: [/charge] } }]',
      to: '',
      words: ['access rule 1 removed: { action: allow, from: { principals: [orders] }, to: { paths: [/charge] } }'],
    },
    {
      name: 'a section that is new, as a whole',
      from: 'access:',
      to: 'outlier: { consecutiveErrors: 5, interval: 10s }\naccess:',
      words: ['outlier added: { consecutiveErrors: 5, interval: 10s }'],
    },
  ])('$name', ({ from, to, words }) => {
    expect(before).toContain(from);
    const [one, other] = [document(before), document(before.replace(from, to))];
    expect([...diffDocuments(one, other)].sort()).toEqual([...words].sort());
  });

  test('the mesh', () => {
    expect(
      diffDocuments(document('trustDomain: a\ncarry: [x-a]'), document('trustDomain: b\ncarry: [x-a, x-b]')),
    ).toEqual(['trustDomain a -> b', 'carry now with x-b']);
  });

  test('of a document that is new: what it holds', () => {
    expect(introduceDocument(document(before))).toEqual([
      'versions v1, v2',
      'route testers to v2 100%',
      'route default to v1 90%, v2 10%',
      'access { mode: strict, rules: [{ action: allow, from: { principals: [orders] }, to: { paths: [/charge] } }] }',
    ]);
  });
});

/** Whatever a schema may hold one day. */
const ofData = (data: object) => ({ kind: 'service', service: data }) as unknown as StoredDocument;

describe('the order of routes decides', () => {
  const routes = (names: string) => ofData({ routes: [...names].map((name) => ({ name })) });
  const moved = (name: string, where: string) => `route ${name} moved ${where}; the first route that matches decides`;
  test.each([
    { from: 'ab', to: 'ba', words: [moved('b', 'before a')] },
    { from: 'abcd', to: 'bcda', words: [moved('a', 'at the end, after d')] },
    { from: 'abcd', to: 'dabc', words: [moved('d', 'before a')] },
    { from: 'abc', to: 'axbc', words: ['route x added before b: {}'] },
    { from: 'abc', to: 'cb', words: [moved('c', 'before b'), 'route a removed: {}'] },
  ])('$from -> $to', ({ from, to, words }) => {
    expect(diffDocuments(routes(from), routes(to))).toEqual(words);
  });
});

describe('fields that nobody has told the comparison of', () => {
  test.each([
    { name: 'a value', before: { a: { b: 1 } }, after: { a: { b: '1' } }, words: ['a.b 1 -> "1"'] },
    {
      name: 'a list of values',
      before: { a: [1, 2] },
      after: { a: [2, 3, 4] },
      words: ['a now without 1, with 3, with 4'],
    },
    {
      name: 'things with names',
      before: { a: { gadgets: [{ name: 'x', size: 1 }] } },
      after: { a: { gadgets: [{ name: 'y' }, { name: 'x', size: 2 }] } },
      words: ['a.gadgets y added: {}', 'a.gadgets x: size 1 -> 2'],
    },
    {
      name: 'things without names, by their place',
      before: {
        a: [
          { b: 1, c: 1 },
          { b: 2, c: 2 },
        ],
      },
      after: {
        a: [
          { b: 1, c: 3 },
          { b: 2, c: 2 },
        ],
      },
      words: ['a 1: c 1 -> 3'],
    },
    {
      name: 'things that share a name',
      before: {
        a: [
          { name: 'x', b: 1 },
          { name: 'x', b: 2 },
        ],
      },
      after: {
        a: [
          { name: 'x', b: 2 },
          { name: 'x', b: 1 },
        ],
      },
      words: ['the order of a changed'],
    },
    { name: 'an empty list for none', before: {}, after: { a: [] }, words: ['a added: []'] },
    {
      name: 'an object for a value',
      before: { a: 'text' },
      after: { a: { b: true } },
      words: ['a text -> { b: true }'],
    },
  ])('$name', ({ before: one, after: other, words }) => {
    expect(diffDocuments(ofData(one), ofData(other))).toEqual(words);
  });

  /** Data in which names meet: of lists, of fields, of things. */
  const data = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, tie('plain'), tie('list'), tie('object')),
    plain: fc.constantFrom<unknown>(0, 1, 2, true, '', 'a', '1', null),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(
      fc.constantFrom('name', 'version', 'weight', 'routes', 'backends', 'rules', 'versions', 'x'),
      tie('value'),
      { maxKeys: 4 },
    ),
  }));
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, inner]) => [key, sorted(inner)] as const)
              .sort(([one], [other]) => (one < other ? -1 : 1)),
          )
        : value;

  test('words there are exactly where the documents do not say the same', () => {
    fc.assert(
      fc.property(data.object, data.object, (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(diffDocuments(ofData(one as object), ofData(other as object)).length === 0).toBe(same);
        expect(diffDocuments(ofData(one as object), ofData(structuredClone(one) as object))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

test('ten thousand routes are compared in less than a second or two', () => {
  const many = (shift: number) =>
    ofData({
      routes: Array.from({ length: 10_000 }, (_, n) => ({
        name: `r${(n * 7919 + shift) % 10_000}`,
        backends: [{ version: 'v1' }],
      })),
    });
  const begin = performance.now();
  expect(diffDocuments(many(0), many(1)).length).toBeGreaterThan(1000);
  expect(performance.now() - begin).toBeLessThan(10_000);
});
