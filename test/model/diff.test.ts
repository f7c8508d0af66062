import { describe, expect, test } from 'vitest';
import { diffDocuments } from '../../src/model/diff.ts';
import { parseDocument } from '../../src/model/parse.ts';
import type { StoredDocument } from '../../src/model/validate.ts';

function document(text: string): StoredDocument {
  const parsed = parseDocument(text, { format: 'yaml' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.document;
}

const before = `service: payment
versions: { v1: { worker: payment }, v2: { worker: payment-v2 } }
routes:
  - { name: testers, matches: [{ headers: [{ name: x-user, value: tester }] }], backends: [{ version: v2 }] }
  - { name: default, timeouts: { request: 2s }, backends: [{ version: v1, weight: 90 }, { version: v2, weight: 10 }] }
access: { mode: strict, rules: [{ action: allow, from: { principals: [orders] }, to: { paths: [/charge] } }] }
`;

describe('changes in words', () => {
  test.each<{ name: string; from: string; to: string; words: readonly string[] }>([
    {
      name: 'nothing',
      from: 'timeouts: { request: 2s }, backends',
      to: 'timeouts: { "request": "2s" }, backends',
      words: [],
    },
    {
      name: 'weights',
      from: 'weight: 90 }, { version: v2, weight: 10',
      to: 'weight: 50 }, { version: v2, weight: 50',
      words: ['route default, version v1: weight 90 -> 50', 'route default, version v2: weight 10 -> 50'],
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
      words: ['version v1: worker payment -> pay', 'version v3 added: {"url":"https://x"}'],
    },
    {
      name: 'a match',
      from: 'value: tester',
      to: 'value: qa',
      words: [
        'route testers: matches {"headers":[{"name":"x-user","value":"tester"}]} -> {"headers":[{"name":"x-user","value":"qa"}]}',
      ],
    },
    {
      name: 'a route that is gone',
      from: '  - { name: testers, matches: [{ headers: [{ name: x-user, value: tester }] }], backends: [{ version: v2 }] }\n',
      to: '',
      words: ['route testers removed'],
    },
    {
      name: 'a caller',
      from: '[orders]',
      to: '[orders, gateway]',
      words: ['rule 1: from.principals now with gateway'],
    },
    { name: 'the mode of access', from: 'mode: strict, ', to: '', words: ['access.mode removed'] },
    {
      name: 'a rule',
      from: 'rules: [',
      to: 'rules: [{ name: no-bots, action: deny, from: { principals: [bot] } }, ',
      words: [
        'rule no-bots added: {"name":"no-bots","action":"deny","from":{"principals":["bot"]}}',
        'rule 2 added: {"action":"allow","from":{"principals":["orders"]},"to":{"paths":["/charge"]}}',
        'rule 1 removed',
      ],
    },
  ])('$name', ({ from, to, words }) => {
    expect(before).toContain(from);
    expect([...diffDocuments(document(before), document(before.replace(from, to)))].sort()).toEqual([...words].sort());
  });

  test('the order of routes matters', () => {
    const [head, , routes, one, other, ...rest] = before.split('\n');
    const swapped = [
      head,
      'versions: { v2: { worker: payment-v2 }, v1: { worker: payment } }',
      routes,
      other,
      one,
      ...rest,
    ].join('\n');
    expect(diffDocuments(document(before), document(swapped))).toEqual(['the order of routes changed']);
  });

  test('the mesh', () => {
    expect(
      diffDocuments(document('trustDomain: a\ncarry: [x-a]'), document('trustDomain: b\ncarry: [x-a, x-b]')),
    ).toEqual(['trustDomain a -> b', 'carry now with x-b']);
  });
});
