/** An edge asks forms whether a document is sound, people are told what is wrong: both must be about the same documents. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandWords, formWords } from '../../src/model/findings/form-words.ts';
import type { Form } from '../../src/model/schema/form.ts';
import { meshSchema } from '../../src/model/schema/mesh.ts';
import { serviceSchema } from '../../src/model/schema/service.ts';
import { validateDocument } from '../../src/model/validate.ts';

const matches = [
  {
    path: { type: 'PathPrefix', value: '/a' },
    method: 'GET',
    headers: [
      { name: 'x-user', value: 'tester', type: 'Exact' },
      { name: 'x-old', type: 'Absent' },
    ],
    queryParams: [{ name: 'q', value: 'v.*', type: 'RegularExpression', invert: true }],
    host: { type: 'Prefix', value: 'shop' },
    scheme: 'https',
    ports: [443],
    from: { principals: ['orders'], versions: ['v1'] },
    geo: { countries: ['DE'], colos: ['TXL'] },
  },
  { rpc: 'charge' },
];
const filters = [
  { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-a', value: '1' }], remove: ['x-b'] } },
  {
    type: 'URLRewrite',
    urlRewrite: { hostname: 'a.example:80', path: { type: 'ReplaceFullPath', replaceFullPath: '/b' } },
  },
  { type: 'RequestMirror', requestMirror: { version: 'v2', fraction: { numerator: 1, denominator: 3 } } },
  { type: 'CORS', cors: { allowOrigins: ['https://a.example', { type: 'Prefix', value: 'https://b' }], maxAge: 5 } },
  { type: 'FaultInjection', faultInjection: { delay: { duration: '1s', percent: 5 }, abort: { status: 503 } } },
];
const service = {
  service: 'payment',
  public: { hosts: ['pay.example.com'], listeners: [{ name: 'web', port: 443, protocol: 'HTTPS' }] },
  versions: {
    v1: { worker: 'payment', balance: { algorithm: 'consistent-hash', by: [{ cookie: 'c', ttl: '1h', path: '/' }] } },
    v2: { endpoints: [{ url: 'https://p.example', locality: 'EU/DE', weight: 2, audience: 'p' }, { worker: 'w' }] },
  },
  balance: { locality: { distribute: [{ from: 'EU', to: { 'EU/DE': 80, '*': 20 } }] } },
  outlier: { consecutiveErrors: 5, interval: '10s', maxEjectedPercent: 50 },
  routes: [
    {
      name: 'main',
      matches,
      filters,
      backends: [{ version: 'v1', weight: 9 }, { version: 'v2' }, { service: 'stock' }],
      timeouts: { request: '2s', backendRequest: '500ms' },
      retry: { attempts: 2, codes: [503], budget: { percent: 20, burst: 3 }, methods: ['charge'], bodyLimit: '64KiB' },
      sessionPersistence: { sessionName: 's', cookieConfig: { lifetimeType: 'Permanent' }, absoluteTimeout: '1h' },
    },
    { name: 'away', filters: [{ type: 'RequestRedirect', requestRedirect: { port: 'request', statusCode: 308 } }] },
  ],
  egress: { hosts: ['*.example.org'] },
  access: { mode: 'strict', rules: [{ action: 'allow', from: [{ principals: ['*'] }], to: { paths: ['/a/*'] } }] },
  authentication: {
    jwt: [{ issuer: 'https://i', audiences: ['a'], jwks: { keys: [{ kty: 'EC' }] } }],
    mtls: { certificates: [{ subject: 'CN=a', principal: 'bank' }] },
  },
  onStale: 'refuse',
};
const mesh = {
  trustDomain: 'mesh.local',
  carry: ['x-user'],
  egress: { mode: 'allow-any', hosts: ['a.example'] },
  telemetry: { sampling: '5%', shards: 8, openCallBound: '1m' },
  defaults: { timeouts: { request: '1s' }, retry: { attempts: 1, bodyLimit: 5 }, normalization: 'base' },
};

const odd = fc.constantFrom<unknown>(
  ...['', 'x', '*', '/', '1s', '25h', '5%', '-5%', '1GiB', 'a b', 'é', 'Present', 'GET', 'Header', 'x'.repeat(9000)],
  ...[0, -1, 1.5, 70_000, 1e99, true, false, null, {}, [], [1], ['x'], { name: 'x' }, { type: 'Exact' }],
);
const step = fc.record({
  pick: fc.nat(400),
  how: fc.constantFrom('replace', 'remove', 'add', 'twice', 'copy'),
  value: odd,
});

/** A copy in which one place is another than it was. */
function changed(document: unknown, { pick, how, value }: { pick: number; how: string; value: unknown }): unknown {
  const copy = structuredClone(document);
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, below] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit(below);
    }
  };
  visit(copy);
  const [holder, key] = places[pick % places.length] ?? [{}, ''];
  if (Array.isArray(holder)) {
    if (how === 'remove') holder.splice(Number(key), 1);
    else if (how === 'replace') holder[Number(key)] = value;
    else holder.push(how === 'twice' ? structuredClone(holder[Number(key)]) : value);
  } else if (how === 'remove') delete holder[key];
  else if (how === 'copy') holder[key] = structuredClone(places[(pick * 7) % places.length]?.[0]);
  else holder[how === 'add' ? `${key}x` : key] = value;
  return copy;
}

describe('forms', () => {
  it.each([['service', service] as const, ['mesh', mesh] as const])(
    'take the %s document that the law begins with',
    (kind, document) => {
      expect(validateDocument(kind, document)).toMatchObject({ ok: true });
    },
  );

  it('refuse a document exactly where something is found to be wrong with it', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom('service', 'mesh'), fc.array(step, { minLength: 1, maxLength: 3 }), (kind, steps) => {
        const document = steps.reduce<unknown>(changed, kind === 'mesh' ? mesh : service);
        const result = validateDocument(kind as 'mesh', document);
        if (result.ok) return;
        refused += 1;
        expect(result.problems.length, JSON.stringify(document)).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  it('have words, each of them', () => {
    const wordless: Form[] = [];
    const seen = new Set<Form>();
    const visit = (form: Form): void => {
      if (seen.has(form)) return;
      seen.add(form);
      if ((form.kind === 'text' || form.kind === 'either') && !formWords.has(form)) wordless.push(form);
      if (form.kind === 'closed') {
        for (const demand of form.demands) expect(demand.count !== undefined || demandWords.has(demand)).toBe(true);
        for (const field of Object.values(form.fields)) visit(field);
      }
      if (form.kind === 'either') for (const item of form.items) if (item.kind === 'text') visit(item);
      if (form.kind === 'record') for (const part of [form.key, form.item]) visit(part);
      if (form.kind === 'chosen') for (const value of [{}, [], '']) visit(form.choose(value));
      // What is checked on top of a form has the words for both.
      if (form.kind === 'checked') expect(formWords.has(form)).toBe(true);
      if (form.kind === 'list' || form.kind === 'needed') visit(form.item);
    };
    visit(serviceSchema);
    visit(meshSchema);
    expect(wordless).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });
});
