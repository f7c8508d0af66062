import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { issueText, type PathKey, pathKeys, pathText } from '../../../src/model/findings/issue.ts';
import { documentPlaces } from '../../../src/model/reading/document-places.ts';
import { keyOf, parseDocument, parseFile } from '../../../src/model/reading/parse.ts';
import { parseStored } from '../../../src/model/reading/stored.ts';

const example = `service: payment
versions:
  v1: { worker: payment }
  v2: { worker: payment-v2 }
  legacy: { url: https://pay.example.com, mtls: PAY_CERT }
balance: { algorithm: least-request }
outlier: { consecutiveErrors: 5, interval: 10s, baseEjection: 30s, maxEjectedPercent: 50 }
routes:
  - name: testers-see-v2
    matches: [{ headers: [{ name: x-user, value: tester }] }]
    backends: [{ version: v2 }]
  - name: default
    timeouts: { request: 2s, backendRequest: 500ms }
    retry: { attempts: 2, codes: [502, 503, 504], backoff: 25ms, budget: { percent: 20, burst: 3 } }
    backends: [{ version: v1, weight: 90 }, { version: v2, weight: 10 }]
access:
  mode: strict
  rules:
    - { action: allow, from: { principals: [orders, gateway] }, to: { methods: [POST], paths: [/charge] } }
`;

/** Everything that a document can say. */
const full = `service: shop
public: { hosts: [shop.example.com], via: edge }
versions:
  v1: { worker: shop, version: 8b5a0c7e-1f2d-4c3b-9a8e-0123456789ab }
  v2: { url: "http://[::1]:8080/base/", audience: shop }
routes:
  - name: all
    hostnames: [shop.example.com, "*.example.org"]
    matches:
      - path: { type: RegularExpression, value: "/v[0-9]+/.*" }
        method: POST
        headers: [{ type: RegularExpression, name: X-Kind, value: "a|b" }]
        queryParams: [{ name: q, value: "1" }, { name: Q, value: "" }]
      - { rpc: "refund*", headers: [{ name: x-user, value: tester }] }
      - path: { value: /exact }
    filters:
      - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-A, value: "1" }], add: [{ name: x-b, value: "2" }], remove: [x-c] } }
      - { type: ResponseHeaderModifier, responseHeaderModifier: { remove: [server] } }
    backends:
      - { version: v1, weight: 0, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-d] } }] }
      - { version: v2 }
    timeouts: { request: 0s, backendRequest: 1m30s }
    retry: { attempts: 1, methods: [POST, charge], bodyLimit: 1MiB }
access:
  rules:
    - name: families
      action: allow
      from: [{ principals: [declared, orders-*, "spiffe://other.example/svc/x"] }, { principals: ["*"], notPrincipals: [bad] }]
      to: [{ paths: ["/users/{*}/cards", "/files/{**}", "*.json"], hosts: ["*.example.org"], methods: ["*"] }, { rpc: [charge, "refund*"] }]
    - { action: deny, from: { notPrincipals: ["*"] } }
authentication:
  jwt: [{ issuer: "https://issuer.example", audiences: [shop], jwksUri: "https://issuer.example/jwks" }]
  mtls: { certificates: [{ fingerprint: ${'AB:'.repeat(31)}CD, principal: orders }, { subject: "CN=x,O=y", principal: "spiffe://other/svc/x" }] }
onStale: refuse
normalization: decode-and-merge-slashes
`;

describe('documents that are right', () => {
  test.each([
    { name: 'the example of the architecture', text: example },
    { name: 'one that says everything', text: full },
    { name: 'one version needs no route', text: 'service: x\nversions: { v1: { worker: x } }\n' },
    {
      name: 'all weights may be zero',
      text: 'service: x\nversions: { v1: { worker: x } }\nroutes: [{ name: off, backends: [{ version: v1, weight: 0 }] }]',
    },
    {
      name: 'no backends at all',
      text: 'service: x\nversions: { v1: { worker: x } }\nroutes: [{ name: off, backends: [] }]',
    },
  ])('$name, in YAML and in JSON', ({ text }) => {
    const yaml = parseDocument(text, { file: 'x.yaml' });
    expect(yaml.ok ? [] : yaml.issues).toEqual([]);
    if (!yaml.ok || yaml.document.kind !== 'service') throw new Error('no service');
    expect(parseStored(JSON.stringify(yaml.document.service), keyOf(yaml.document))).toEqual(yaml);
  });

  test('a mesh document, which may be empty under its key', () => {
    const text =
      'mesh: shop\ntrustDomain: shop.example\ncarry: [X-User]\ntelemetry: { sampling: 5%, shards: 4, openCallBound: 10s }\ndefaults: { timeouts: { request: 2s }, retry: { attempts: 1 }, onStale: serve, normalization: none }\n';
    expect(parseDocument(text)).toMatchObject({
      ok: true,
      document: { kind: 'mesh', mesh: { trustDomain: 'shop.example' } },
    });
    expect(parseStored('{}', 'mesh')).toEqual({ ok: true, document: { kind: 'mesh', mesh: {} } });
  });

  test('the documents of this repository', () => {
    const files = readdirSync('config').filter((file) => file.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const parsed = parseFile(readFileSync(`config/${file}`, 'utf8'), file);
      expect(parsed.ok ? [] : parsed.issues.map(issueText)).toEqual([]);
    }
  });

  test('a manifest is named as one, by one finding, whatever its fields', () => {
    const parsed = parseFile('apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec: { ports: [] }\n', 'k8s.yaml');
    expect(parsed.ok ? [] : parsed.issues.map(issueText)).toEqual([
      'k8s.yaml:2:7: kind: this is a manifest (Service of v1), and no document; expected a document; `selvedge import` makes documents of manifests [SV0015]',
    ]);
  });

  test('places in a file are found by the paths of findings, each in its own document', () => {
    const text =
      'trustDomain: a.b\n---\nservice: x\nversions:\n  "v.1": { worker: x }\nroutes:\n  - { backends: [] }\n';
    const [mesh, service] = documentPlaces(text, 'all.yaml');
    expect(mesh?.('trustDomain')).toEqual({ line: 1, column: 14 });
    const paths: PathKey[][] = [['versions', 'v.1', 'worker'], ['routes', 0, 'backends'], ['access', 'mode'], []];
    expect(paths.map(pathText).map(pathKeys)).toEqual(paths);
    expect(paths.map((path) => service?.(pathText(path)))).toEqual([
      { line: 5, column: 20 },
      { line: 7, column: 17 },
      { line: 3, column: 1 },
      { line: 3, column: 1 },
    ]);
  });

  test('one file may hold several documents', () => {
    const parsed = parseFile(`# a comment\n---\ntrustDomain: a.b\n---\n${example}---\n`, 'all.yaml');
    expect(parsed.ok && parsed.documents.map(keyOf)).toEqual(['mesh', 'service/payment']);
    expect(parseDocument(`a: 1\n---\nb: 2\n`)).toMatchObject({
      ok: false,
      issues: [{ message: 'there are 2 documents here' }],
    });
  });
});

interface Mistake {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** The text that begins where the finding points. */
  readonly at: string;
  readonly path: string;
  readonly message: RegExp;
  readonly expected?: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    name: 'unknown field',
    from: 'routes:',
    to: 'rotues:',
    at: 'rotues:',
    path: 'rotues',
    message: /unknown field "rotues"/,
    expected: /^routes /,
  },
  {
    name: 'unknown field deep inside',
    from: 'backoff: 25ms',
    to: 'backof: 25ms',
    at: 'backof:',
    path: 'routes[1].retry.backof',
    message: /unknown field/,
    expected: /^backoff /,
  },
  {
    name: 'missing field',
    from: 'action: allow, ',
    to: '',
    at: '{ from',
    path: 'access.rules[0].action',
    message: /"action" is missing/,
  },
  {
    name: 'misspelt word',
    from: 'mode: strict',
    to: 'mode: strickt',
    at: 'strickt',
    path: 'access.mode',
    message: /"strickt"/,
    expected: /^strict /,
  },
  {
    name: 'wrong type',
    from: 'weight: 90',
    to: 'weight: "90"',
    at: '"90"',
    path: 'routes[1].backends[0].weight',
    message: /"90"/,
    expected: /whole number/,
  },
  {
    name: 'a list where an object should be',
    from: 'balance: { algorithm: least-request }',
    to: 'balance: []',
    at: '[]\noutlier',
    path: 'balance',
    message: /a list/,
    expected: /an object/,
  },
  {
    name: 'an object where a list should be',
    from: '[{ version: v2 }]',
    to: '{ version: v2 }',
    at: '{ version: v2 }\n',
    path: 'routes[0].backends',
    message: /an object/,
    expected: /a list/,
  },
  {
    name: 'text written as a number',
    from: 'value: tester',
    to: 'value: 5',
    at: '5 }] }]',
    path: 'routes[0].matches[0].headers[0].value',
    message: /number 5/,
    expected: /quotes/,
  },
  {
    name: 'bad duration',
    from: 'request: 2s',
    to: 'request: 2.5s',
    at: '2.5s',
    path: 'routes[1].timeouts.request',
    message: /"2.5s"/,
    expected: /GEP-2257/,
  },
  {
    name: 'duration that no timer can hold',
    from: 'request: 2s',
    to: 'request: 9999h',
    at: '9999h',
    path: 'routes[1].timeouts.request',
    message: /"9999h"/,
  },
  {
    name: 'status that is no error',
    from: '502, 503',
    to: '200, 503',
    at: '200, 503',
    path: 'routes[1].retry.codes[0]',
    message: /200/,
    expected: /400 to 599/,
  },
  {
    name: 'version that is not declared',
    from: '{ version: v2, weight: 10 }',
    to: '{ version: v3, weight: 10 }',
    at: 'v3, weight',
    path: 'routes[1].backends[1].version',
    message: /no version "v3"/,
    expected: /v1|v2/,
  },
  {
    name: 'two routes of one name',
    from: 'name: default',
    to: 'name: testers-see-v2',
    at: 'testers-see-v2\n    timeouts',
    path: 'routes[1].name',
    message: /named "testers-see-v2" too/,
  },
  {
    name: 'attempt longer than the call',
    from: 'backendRequest: 500ms',
    to: 'backendRequest: 5s',
    at: '5s }',
    path: 'routes[1].timeouts.backendRequest',
    message: /more time \(5s\)/,
    expected: /2s/,
  },
  {
    name: 'bad header name',
    from: 'name: x-user',
    to: 'name: "x user"',
    at: '"x user"',
    path: 'routes[0].matches[0].headers[0].name',
    message: /"x user"/,
  },
  {
    name: 'URL that is not absolute',
    from: 'https://pay.example.com',
    to: 'pay.example.com',
    at: 'pay.example.com',
    path: 'versions.legacy.url',
    message: /"pay.example.com"/,
    expected: /absolute/,
  },
  {
    name: 'URL with a query',
    from: 'https://pay.example.com',
    to: 'https://pay.example.com/?a',
    at: 'https://pay',
    path: 'versions.legacy.url',
    message: /query/,
  },
  {
    name: 'two kinds of endpoint',
    from: '{ worker: payment }',
    to: '{ worker: payment, url: "https://x" }',
    at: '{ worker: payment, url',
    path: 'versions.v1',
    message: /together/,
    expected: /exactly one of worker, url and endpoints/,
  },
  {
    name: 'empty principal',
    from: '[orders, gateway]',
    to: '[orders, ""]',
    at: '""]',
    path: 'access.rules[0].from.principals[1]',
    message: /""/,
  },
  {
    name: 'empty from',
    from: '{ principals: [orders, gateway] }',
    to: '{}',
    at: '{}, to',
    path: 'access.rules[0].from',
    message: /together/,
    expected: /at least one of principals/,
  },
  {
    name: 'empty to',
    from: '{ methods: [POST], paths: [/charge] }',
    to: '[]',
    at: '[] }',
    path: 'access.rules[0].to',
    message: /a list/,
    expected: /at least 1/,
  },
  {
    name: 'method in lower case',
    from: '[POST]',
    to: '[post]',
    at: 'post]',
    path: 'access.rules[0].to.methods[0]',
    message: /"post"/,
    expected: /upper case/,
  },
  {
    name: 'path pattern with a star inside',
    from: '[/charge]',
    to: '[/a/*/b]',
    at: '/a/*/b',
    path: 'access.rules[0].to.paths[0]',
    message: /"\/a\/\*\/b"/,
    expected: /\{\*\}/,
  },
  {
    name: 'path without slash',
    from: '[/charge]',
    to: '[charge]',
    at: 'charge] }',
    path: 'access.rules[0].to.paths[0]',
    message: /"charge"/,
  },
  {
    name: 'path that is not canonical',
    from: '[/charge]',
    to: '[/a/../charge]',
    at: '/a/../charge',
    path: 'access.rules[0].to.paths[0]',
    message: /not canonical/,
    expected: /\/charge/,
  },
  {
    name: 'duplicate key',
    from: 'access:\n',
    to: 'service: payment\naccess:\n',
    at: 'service: payment\naccess',
    path: 'service',
    message: /more than once/,
  },
  {
    name: 'a key that reaches the prototype',
    from: 'access:\n',
    to: '__proto__: { x: 1 }\naccess:\n',
    at: '__proto__',
    path: '__proto__',
    message: /cannot be a field name/,
  },
  {
    name: 'none with rules by path',
    from: 'access:\n',
    to: 'normalization: none\naccess:\n',
    at: '/charge]',
    path: 'access.rules[0].to.paths[0]',
    message: /passed by/,
  },
  {
    name: 'regex that needs more than linear time',
    from: '{ name: x-user, value: tester }',
    to: `{ name: x-user, type: RegularExpression, value: '(a)\\1' }`,
    at: "'(a)\\1'",
    path: 'routes[0].matches[0].headers[0].value',
    message: /character 4 of the expression.*back-reference/,
  },
  {
    name: 'regexes that are too large together',
    from: '{ name: x-user, value: tester }',
    to: Array.from(
      { length: 30 },
      (_, at) => `{ name: x, type: RegularExpression, value: '(?:[a]{10}){100}|[b]{1000}|[c]{1000}|[d]{${900 + at}}' }`,
    ).join('] }, { headers: ['),
    at: "'(?:[a]{10}){100}|[b]{1000}|[c]{1000}|[d]{925}'",
    path: 'routes[0].matches[25].headers[0].value',
    message: /100000 steps/,
  },
  {
    name: 'the same header twice in a match',
    from: '{ name: x-user, value: tester }',
    to: '{ name: x-user, value: tester }, { name: X-User, value: b }',
    at: 'X-User',
    path: 'routes[0].matches[0].headers[1].name',
    message: /same name/,
  },
  {
    name: 'rpc beside an HTTP condition',
    from: '[{ headers:',
    to: '[{ rpc: charge, method: GET, headers:',
    at: 'charge, method',
    path: 'routes[0].matches[0].rpc',
    message: /never hold/,
  },
];

describe('mistakes are named with their place', () => {
  test.each(mistakes)('$name', ({ from, to, at, path, message, expected }) => {
    expect(example).toContain(from);
    const text = example.replace(from, to);
    const parsed = parseDocument(text, { file: 'payment.yaml' });
    if (parsed.ok) throw new Error('accepted');
    const found = parsed.issues.find((issue) => issue.path === path);
    const pointed = text
      .split('\n')
      .slice((found?.line ?? 0) - 1)
      .join('\n')
      .slice((found?.column ?? 0) - 1);
    expect(pointed.slice(0, at.length), parsed.issues.map(issueText).join('\n')).toBe(at);
    expect(found?.message).toMatch(message);
    if (expected !== undefined) expect(found?.expected).toMatch(expected);
    expect(found).toMatchObject({ file: 'payment.yaml', severity: 'error', code: expect.stringMatching(/^SV00\d\d$/) });
  });

  test('all at once, even where every version is declared wrongly', () => {
    const text = [
      'service: leaf',
      'versions: { v1: { wroker: leaf } }',
      'routes:',
      '  - { name: a, backends: [{ version: nope }] }',
      '  - { name: a, backends: [{ version: v1 }] }',
    ].join('\n');
    const parsed = parseFile(text, 'leaf.yaml');
    const messages = parsed.ok ? [] : parsed.issues.map((issue) => `${issue.line} ${issue.message}`);
    expect(messages).toEqual([
      expect.stringMatching(/^2 /),
      expect.stringMatching(/^2 .*wroker/),
      expect.stringMatching(/^4 .*nope/),
      expect.stringMatching(/^5 .*"a"/),
    ]);
  });
  test.each(['', '# only a comment\n'])('an empty file is a mistake: %j', (text) => {
    const parsed = parseFile(text, 'leaf.yaml');
    expect(parsed).toMatchObject({ ok: false, issues: [{ line: 1, message: 'there is no document here' }] });
  });
  test('all at once, those that span fields among them', () => {
    const text = [
      ['routes:', 'x: 1\nroutes:'],
      ['mode: strict', 'mode: strickt'],
      ['weight: 90', 'weight: -1'],
      ['version: v2, weight: 10', 'version: v9, weight: 10'],
      ['backendRequest: 500ms', 'backendRequest: 5s'],
      ['[/charge]', '[charge]'],
    ].reduce((before, [from, to]) => before.replace(from as string, to as string), example);
    const parsed = parseDocument(text);
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.path).sort()).toEqual([
      'access.mode',
      'access.rules[0].to.paths[0]',
      'routes[1].backends[0].weight',
      'routes[1].backends[1].version',
      'routes[1].timeouts.backendRequest',
      'x',
    ]);
  });

  test('several versions and no route', () => {
    expect(parseDocument('service: x\nversions: { a: { worker: x }, b: { worker: y } }')).toMatchObject({
      ok: false,
      issues: [{ code: 'SV0013', message: 'there are 2 versions and no route says which of them answers' }],
    });
  });

  test('a document under the key of another service', () => {
    const text = JSON.stringify({ service: 'orders', versions: { v1: { worker: 'orders' } } }, null, 1);
    expect(parseStored(text, 'service/payment')).toMatchObject({
      ok: false,
      issues: [{ file: 'service/payment', line: 2, column: 13, path: 'service', code: 'SV0012', expected: 'payment' }],
    });
  });

  test.each([
    { name: 'empty', text: '', at: [1, 1] },
    { name: 'truncated', text: '{"service": "x",\n "versions": {', at: [2, 15] },
    { name: 'no quotes', text: '{\n  service: 1}', at: [2, 3] },
    { name: 'trailing comma', text: '{"a": 1,}', at: [1, 9] },
    { name: 'single quotes', text: "{'a': 1}", at: [1, 2] },
    { name: 'text after the end', text: '{} x', at: [1, 4] },
    { name: 'a line break in a string', text: '{"a": "b\nc"}', at: [1, 7] },
    { name: 'a bad number', text: '[01]', at: [1, 3] },
    { name: 'a bad escape', text: '["\\x"]', at: [1, 2] },
  ])('JSON that is $name', ({ text, at: [line, column] }) => {
    expect(parseStored(text, 'service/x')).toMatchObject({
      ok: false,
      issues: [{ line, column, code: 'SV0001', file: 'service/x' }],
    });
  });

  test.each(['null', '5', '"x"', '[]', 'true'])('the JSON value %s is no document', (text) => {
    expect(parseStored(text, 'service/x').ok).toBe(false);
    expect(parseStored(text, 'mesh').ok).toBe(false);
  });

  test.each([
    {
      name: 'a key of a condition',
      text: '{ when: [{ key: request.headers[x-user], values: [a] }] }',
      word: 'request.headers[x-user]',
    },
    {
      name: 'noticed on the next line',
      text: '{ key: request.auth.claims[a][b],\n  values: [a] }',
      word: 'request.auth.claims[a][b]',
    },
    { name: 'a template of paths', text: '{ paths: [/users/{*}/orders] }', word: '/users/{*}/orders' },
    { name: 'a pattern that begins with an asterisk', text: '{ principals: [*-job] }', word: '*-job' },
    { name: 'an asterisk', text: '{ principals: [*] }', word: '*' },
  ])('YAML that lacks quotes says which text needs them: $name', ({ text, word }) => {
    const message = expect.stringContaining(`needs quotes: "${word}"`);
    expect(parseDocument(text, { format: 'yaml' })).toMatchObject({ ok: false, issues: [{ message }] });
  });

  test.each(['service: "x', 'a: b: c', '{a: 1', '*x', 'a: !!js/function "x"', '? [1]\n: 2', 'a: \t- b\n\t- c'])(
    'YAML that is broken: %j',
    (text) => {
      expect(parseDocument(text, { format: 'yaml' })).toMatchObject({
        ok: false,
        issues: [{ code: 'SV0001', line: expect.any(Number) }],
      });
    },
  );
});
