import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/explain.ts';
import { findService } from '../../src/explain/find-service.ts';
import type { Question } from '../../src/explain/question.ts';
import { compileMesh, compileService } from '../../src/model/compile/compile.ts';
import { parseDocument } from '../../src/model/reading/parse.ts';
import type { Endpoint } from '../../src/model/snapshot.ts';

const shop = `
service: payment
public: { hosts: [pay.example.com], listeners: [{ name: plain, protocol: HTTP, hostname: pay.example.com, httpsRedirect: true }, { name: safe, protocol: HTTPS }] }
versions:
  v1: { worker: payment }
  v2: { worker: payment-v2 }
  far: { endpoints: [{ url: "https://a.example.com", weight: 3 }, { url: "https://b.example.com" }] }
  none: { endpoints: [] }
routes:
  - name: old
    matches: [{ path: { type: Exact, value: /old } }]
    filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplaceFullPath, replaceFullPath: /new }, statusCode: 301 } }]
  - name: testers
    matches:
      - { headers: [{ name: x-user, value: tester }] }
      - { claims: [{ name: realm.role, value: admin }] }
      - { geo: { countries: [DE] } }
    filters:
      - { type: URLRewrite, urlRewrite: { hostname: inner.example, path: { type: ReplaceFullPath, replaceFullPath: /test } } }
      - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-seen, value: "1" }], remove: [x-user] } }
      - { type: FaultInjection, faultInjection: { abort: { status: 555, percent: 99 } } }
    backends: [{ version: v2 }]
  - { name: journey, matches: [{ path: { value: /journey } }], follow: version, backends: [{ version: v1 }, { version: v2, weight: 0 }] }
  - { name: sticky, matches: [{ path: { value: /sticky } }], sticky: { by: [{ header: x-user }] }, backends: [{ version: v1 }, { version: v2 }] }
  - { name: far, matches: [{ path: { value: /far } }], backends: [{ version: far }] }
  - { name: nowhere, matches: [{ path: { value: /nowhere } }], backends: [{ version: none }] }
  - name: rest
    matches: [{ path: { value: /api } }, { rpc: charge }]
    timeouts: { request: 2s, backendRequest: 500ms }
    retry: { attempts: 2, codes: [503] }
    backends: [{ version: v1, weight: 90 }, { version: v2, weight: 10 }]
access:
  rules:
    - { name: insiders, action: allow, from: { principals: [declared] } }
    - { name: web, action: allow, to: { hosts: [pay.example.com] } }
    - { name: no-deletes, action: deny, to: { methods: [DELETE] } }
`;

const ask = async (
  question: Partial<Question>,
  resolves: (endpoint: Endpoint) => boolean = () => true,
  text = shop,
) => {
  const parsed = parseDocument(text, { file: 'payment.yaml' });
  if (!parsed.ok || parsed.document.kind !== 'service') throw new Error(JSON.stringify(parsed));
  const document = parsed.document.service;
  const declared = ['orders'];
  const snapshot = compileService(document, compileMesh(undefined, ''), { revision: 'abc', declared });
  const whole: Question = {
    atMs: 0,
    kind: 'fetch',
    method: 'GET',
    url: 'http://payment/api',
    headers: [],
    caller: 'orders',
    door: 'mesh',
    ...question,
  };
  return explain(whole, document, snapshot, { declared, resolves });
};

describe('explain', () => {
  const rows: readonly { name: string; question: Partial<Question>; says: object }[] = [
    {
      name: 'names the route and the shares of its backends by weight',
      question: {},
      says: {
        revision: 'abc',
        caller: 'spiffe://mesh.local/svc/orders',
        access: { allowed: true, rule: 'insiders' },
        route: {
          name: 'rest',
          chosenBy: 'weights',
          backends: [
            { name: 'v1', share: 0.9 },
            { name: 'v2', share: 0.1 },
          ],
          requestTimeoutMs: 2000,
          backendRequestTimeoutMs: 500,
          retry: { attempts: 2, codes: [503], applies: true },
        },
        sent: { endpoint: 'payment', method: 'GET', url: 'http://payment/api' },
      },
    },
    {
      name: 'says that a POST is not sent again',
      question: { method: 'POST' },
      says: { route: { retry: { applies: false } } },
    },
    {
      name: 'judges and shows the canonical target',
      question: { url: 'http://payment/x/..%2Fy/%2e%2e/../%61pi' },
      says: { url: 'http://payment/api', route: { name: 'rest' } },
    },
    {
      name: 'shows what the backend would be asked for, and takes no fault that only some calls get for its own',
      question: {
        headers: [
          ['X-User', 'tester'],
          ['x-other', 'kept'],
        ],
      },
      says: {
        route: {
          name: 'testers',
          filters: expect.arrayContaining([{ filter: 'fault', perAttempt: false, does: '99 % end with 555' }]),
        },
        sent: {
          endpoint: 'payment-v2',
          url: 'http://inner.example/test',
          headers: expect.arrayContaining([
            ['x-other', 'kept'],
            ['x-seen', '1'],
          ]),
        },
      },
    },
    {
      name: 'reads nested claims',
      question: { claims: { realm: { role: ['user', 'admin'] } } },
      says: { route: { name: 'testers' } },
    },
    {
      name: 'believes where a caller is on the public door only',
      question: { geo: { country: 'DE' } },
      says: { route: { name: 'rest' } },
    },
    {
      name: 'knows where a caller from outside is',
      question: { door: 'public', caller: undefined, url: 'https://pay.example.com/api', geo: { country: 'DE' } },
      says: { caller: null, access: { allowed: true, rule: 'web' }, route: { name: 'testers' } },
    },
    {
      name: 'answers with the redirect of a listener',
      question: { door: 'public', caller: undefined, url: 'http://pay.example.com/api?a=1' },
      says: { answer: { status: 301, location: 'https://pay.example.com/api?a=1' } },
    },
    {
      name: 'answers with the redirect of a route',
      question: { url: 'http://payment/old?a=1' },
      says: { route: { name: 'old', likeliest: -1 }, answer: { status: 301, location: 'http://payment/new?a=1' } },
    },
    {
      name: 'says which rule denies',
      question: { method: 'DELETE' },
      says: { access: { allowed: false, rule: 'no-deletes' }, answer: { status: 403, code: 'access_denied' } },
    },
    {
      name: 'tells a caller whom no rule allows from one whom a rule denies',
      question: { caller: 'stranger' },
      says: { access: { allowed: false, reason: 'no-allow-rule' }, answer: { status: 403 } },
    },
    {
      name: 'tells the rules in the order of decision, and of each that did not match the first condition that failed',
      question: {},
      says: {
        mode: 'permissive',
        rules: [
          { rule: 'no-deletes', action: 'deny', source: 'service', matched: false, failed: 'method DELETE' },
          { rule: 'insiders', action: 'allow', source: 'service', matched: true },
          { rule: 'web', action: 'allow', source: 'service', matched: false, failed: 'host pay.example.com' },
        ],
      },
    },
    {
      name: 'takes issuer and subject of the claims for the end user',
      question: { claims: { iss: 'https://issuer.example', sub: 'ann' } },
      says: { user: 'https://issuer.example/ann' },
    },
    {
      name: 'says that no route matches, and why each did not',
      question: { url: 'http://payment/other' },
      says: {
        answer: { status: 404, code: 'no_route' },
        trials: expect.arrayContaining([
          { route: 'old', match: 0, conditions: ['path /old'], failed: 'path /old' },
          { route: 'testers', match: 1, conditions: ['claim realm.role: admin'], failed: 'claim realm.role: admin' },
        ]),
      },
    },
    {
      name: 'follows the versions of the journey, weight 0 included',
      question: { url: 'http://payment/journey', journey: 'orders:v2' },
      says: {
        route: { chosenBy: 'journey', backends: [{ share: 0 }, { name: 'v2', share: 1 }] },
        sent: { endpoint: 'payment-v2' },
      },
    },
    {
      name: 'goes by weight where the journey says nothing',
      question: { url: 'http://payment/journey' },
      says: { route: { chosenBy: 'weights', backends: [{ share: 1 }, { share: 0 }] } },
    },
    {
      name: 'says that a key decides',
      question: { url: 'http://payment/sticky', headers: [['x-user', 'ada']] },
      says: { route: { chosenBy: 'key' } },
    },
    {
      name: 'a target that is none is refused before anything is asked',
      question: { url: 'http://payment/%00' },
      says: { answer: { status: 400, code: 'bad_request' }, trials: [] },
    },
    {
      name: 'a version without endpoints answers 503',
      question: { url: 'http://payment/nowhere' },
      says: { answer: { status: 503, code: 'no_endpoint' }, route: { backends: [{ endpoints: [] }] } },
    },
    {
      name: 'RPC calls have routes of their own, and a deny rule about HTTP denies them too',
      question: { kind: 'rpc', method: 'charge', url: '' },
      says: { url: '', route: { name: 'rest' }, access: { allowed: false, rule: 'no-deletes' } },
    },
  ];
  it.each(rows)('$name', async ({ question, says }) => {
    expect(await ask(question)).toMatchObject(says);
  });

  it('redirects to HTTPS before anybody is asked who he is', async () => {
    const strict = shop.replace('access:\n', 'access:\n  mode: strict\n');
    const outside = { door: 'public', caller: undefined } as const;
    const plain = await ask({ ...outside, url: 'http://pay.example.com/api' }, undefined, strict);
    expect(plain.answer).toMatchObject({ status: 301, location: 'https://pay.example.com/api' });
    const safe = await ask({ ...outside, url: 'https://pay.example.com/api' }, undefined, strict);
    expect(safe.answer).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('gives each endpoint of a version its share', async () => {
    const { route } = await ask({ url: 'http://payment/far' });
    const [a, b] = route?.backends[0]?.endpoints ?? [];
    expect(a).toMatchObject({ name: 'https://a.example.com', resolved: true });
    expect(a?.share).toBeGreaterThan(b?.share ?? 1);
    expect((a?.share ?? 0) + (b?.share ?? 0)).toBeCloseTo(1);
  });

  it('says which endpoint the edge has no binding to', async () => {
    const explained = await ask({}, (endpoint) => endpoint.version !== 'v1');
    expect(explained.route?.backends[0]?.endpoints).toEqual([{ name: 'payment', share: 1, resolved: false }]);
    expect(explained.answer).toMatchObject({ status: 500, code: 'backend_unresolved' });
  });
});

describe('access', () => {
  const guarded = (rules: string, rest = '') =>
    `service: payment\npublic: { hosts: [pay.example.com], clientAddress: { trustedProxies: 1, header: x-client } }\nversions: { v1: { worker: payment } }\n${rest}access: { rules: [${rules}] }\n`;
  const outside = { door: 'public', caller: undefined, url: 'https://pay.example.com/' } as const;
  const reports = '{ name: users, action: allow, from: { requestPrincipals: ["https://issuer.example/*"] } }';
  it.each<{ name: string; rest: string; question: Partial<Question>; says: object }>([
    {
      name: 'a token that every call must carry',
      rest: 'presence: required',
      question: {},
      says: { answer: { status: 401, reason: 'a token of https://issuer.example is required' } },
    },
    {
      name: 'is there',
      rest: 'presence: required',
      question: { user: 'https://issuer.example/ann' },
      says: { sent: { endpoint: 'payment' } },
    },
    { name: 'need not be there', rest: 'presence: optional', question: {}, says: { sent: { endpoint: 'payment' } } },
  ])('$name', async ({ rest, question, says }) => {
    const jwt = `authentication: { jwt: [{ issuer: "https://issuer.example", ${rest} }] }\n`;
    expect(await ask(question, undefined, guarded('{ action: allow }', jwt))).toMatchObject(says);
  });

  it.each<{ name: string; question: Partial<Question>; says: object }>([
    {
      name: 'a verified claim stands in its header',
      question: { ...outside, user: 'https://issuer.example/ann' },
      says: {
        access: { allowed: true, rule: 'ann' },
        route: { name: 'hers' },
        sent: { headers: [['x-user', 'ann']] },
      },
    },
    {
      name: 'what a caller writes there himself counts for nothing',
      question: { ...outside, headers: [['x-user', 'ann']] },
      says: { access: { allowed: false }, answer: { code: 'access_denied' } },
    },
    {
      name: 'what an outsider writes of his certificate counts for nothing',
      question: { ...outside, user: 'https://issuer.example/bob', headers: [['x-forwarded-client-cert', 'By=me']] },
      says: {
        access: { allowed: false },
        rules: [{}, {}, { failed: 'request.headers[x-forwarded-client-cert] is *' }],
      },
    },
    {
      name: 'scope is a list of words',
      question: { ...outside, user: 'https://issuer.example/bob', claims: { scope: 'read write' } },
      says: { access: { allowed: true, rule: 'writers' } },
    },
    {
      name: 'an issuer that no rule names',
      question: { ...outside, user: 'https://other.example/ann' },
      says: {
        answer: { status: 401, code: 'invalid_token', reason: 'no rule names the issuer https://other.example' },
      },
    },
  ])('of end users: $name', async ({ question, says }) => {
    const jwt =
      'authentication: { jwt: [{ issuer: "https://issuer.example", outputClaimToHeaders: [{ header: x-user, claim: sub }] }] }\n';
    const routes =
      'routes: [{ name: hers, matches: [{ headers: [{ name: x-user, value: ann }] }], backends: [{ version: v1 }] }]\n';
    const rules = [
      '{ name: ann, action: allow, when: [{ key: "request.headers[x-user]", values: [ann] }] }',
      '{ name: writers, action: allow, when: [{ key: "request.auth.claims[scope]", values: [write] }] }',
      '{ name: shown, action: allow, when: [{ key: "request.headers[x-forwarded-client-cert]", values: ["*"] }] }',
    ];
    expect(await ask(question, undefined, guarded(rules.join(', '), jwt + routes))).toMatchObject(says);
  });

  it.each<{ name: string; rules: string; question: Partial<Question>; says: object }>([
    {
      name: 'an end user is somebody else than who calls',
      rules: reports,
      question: { ...outside, user: 'https://issuer.example/ann' },
      says: { caller: null, user: 'https://issuer.example/ann', access: { allowed: true, rule: 'users' } },
    },
    {
      name: 'an end user of another issuer',
      rules: reports,
      question: { ...outside, user: 'https://other.example/ann' },
      says: { access: { allowed: false }, rules: [{ failed: 'end user https://issuer.example/*' }] },
    },
    {
      name: 'the address that connected, and that of the client behind it',
      rules: '{ name: proxy, action: allow, from: [{ ipBlocks: [10.0.0.0/8], remoteIpBlocks: [192.0.2.0/24] }] }',
      question: { ...outside, peerAddress: '10.1.2.3', address: '192.0.2.7' },
      says: { access: { allowed: true, rule: 'proxy' } },
    },
    {
      name: 'the address of the client as the trusted proxies forward it, in the header of the document too',
      rules:
        '{ name: proxy, action: allow, from: [{ ipBlocks: [10.0.0.0/8], remoteIpBlocks: [192.0.2.0/24] }], when: [{ key: "request.headers[x-client]", values: [192.0.2.7] }] }',
      question: {
        ...outside,
        headers: [
          ['cf-connecting-ip', '10.1.2.3'],
          ['x-forwarded-for', '203.0.113.9, 192.0.2.7'],
          ['x-client', '203.0.113.9'],
        ],
      },
      says: { access: { allowed: true, rule: 'proxy' } },
    },
    {
      name: 'a time window that is shut',
      rules: '{ name: office, action: allow, during: { days: [Mon], hours: "09:00-17:00" } }',
      question: { atMs: Date.parse('2026-06-02T12:00:00Z') },
      says: { access: { allowed: false }, rules: [{ failed: 'Mon 09:00-17:00 UTC' }] },
    },
    {
      name: 'audit and dry run beside the decision',
      rules:
        '{ name: watch, action: audit }, { name: later, action: deny, dryRun: true, from: { principals: [orders] } }',
      question: {},
      says: {
        access: { allowed: true, audit: ['watch'], shadow: { allowed: false, rule: 'later' } },
        rules: [
          { rule: 'later', dryRun: true, matched: true },
          { rule: 'watch', action: 'audit', matched: true },
        ],
      },
    },
    {
      name: 'of several entries what each of them asks for in vain',
      rules: '{ name: some, action: allow, from: [{ principals: [cart] }, { services: [web] }] }',
      question: {},
      says: { rules: [{ failed: 'caller cart; nor service web' }] },
    },
  ])('$name', async ({ rules, question, says }) => {
    expect(await ask(question, undefined, guarded(rules))).toMatchObject(says);
  });
});

describe('the service that a call is for', () => {
  const services = [
    { service: 'shop', publicHosts: ['*.example.com'] },
    { service: 'pay', publicHosts: ['pay.example.com'] },
  ];
  it.each([
    ['the most specific host', 'https://pay.example.com/x', 'public', 'pay'],
    ['a wildcard', 'https://a.b.example.com:8443', 'public', 'shop'],
    ['nobody on an unknown host', 'https://example.com/', 'public', undefined],
    ['the name that a binding has', 'http://shop/x', 'mesh', 'shop'],
  ] as const)('is %s', (_rule, url, door, service) => {
    expect(findService(url, door, services)).toBe(service);
  });
});
