/** Splitting on workerd: sticky keys, sessions with a cookie jar, a journey over four services, and the choice among endpoints. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeConfig } from '../../src/core/configs/runtime-config.ts';
import { type EdgeMesh, startEdgeMesh } from '../support/edge-mesh.ts';

/** Says who it is; `/down` fails and `/slow` waits where the query names it, `/told` tells how often they did. */
const leaf = (name: string) => `
import { WorkerEntrypoint } from 'cloudflare:workers';
let failed = 0, waiting = 0, released = 0;
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/release') released = waiting;
    if (url.pathname === '/slow' && url.searchParams.get('who') === '${name}') {
      for (const place = ++waiting; released < place; ) await scheduler.wait(20);
    }
    const status = url.pathname === '/down' && url.searchParams.get('who') === '${name}' ? 503 : 200;
    if (url.pathname === '/told') return Response.json({ failed, waiting });
    if (status !== 200) failed += 1;
    return new Response('${name}', { status, headers: [['set-cookie', 'own=1'], ['set-cookie', 'own2=2']] });
  }
  path() { return ['${name}']; }
}`;

/** Says who it is and asks the next service, over fetch or RPC as the request says, after a timer. */
const through = (name: string, next: string) => `
import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  async fetch(request) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const url = new URL(request.url);
    const rest = url.pathname.startsWith('/rpc')
      ? await this.env.${next}.path()
      : [await (await this.env.${next}.fetch('http://next/' + url.pathname.slice(1))).text()];
    return new Response(['${name}', ...rest].join(' '));
  }
  async path() { return ['${name}', ...(await this.env.${next}.path())]; }
}`;

/** A client in the mesh: hands on what it is asked to the binding that the path names. */
const client = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, binding, ...rest] = url.pathname.split('/');
    const patience = Number(url.searchParams.get('patience'));
    const signal = patience > 0 ? AbortSignal.timeout(patience) : undefined;
    try {
      const answer = await env[binding].fetch(new Request('http://next/' + rest.join('/') + url.search, request), { signal });
      return new Response(answer.body, answer);
    } catch (error) {
      return new Response('gave up', { status: 599 });
    }
  }
}`;

const of = (...versions: string[]) => versions.map((version) => ({ version }));
const split = [
  { version: 'v1', weight: 50 },
  { version: 'v2', weight: 50 },
];
const two = { v1: { worker: 'leaf1' }, v2: { worker: 'leaf2' } };
const pool = (outlier?: object) => ({
  endpoints: ['leaf1', 'leaf2', 'leaf3'].map((worker) => ({ worker })),
  balance: { algorithm: 'least-request' },
  ...(outlier && { outlier }),
});
const placed = (places: Readonly<Record<string, string>>) => ({
  v1: { endpoints: Object.entries(places).map(([worker, locality]) => ({ worker, locality })) },
});
const prefix = (value: string) => [{ path: { value } }];

const sticky = {
  service: 'sticky',
  public: { hosts: ['sticky.example.com'] },
  versions: two,
  routes: [
    { name: 'header', matches: prefix('/header'), backends: split, sticky: { by: [{ header: 'x-user' }] } },
    { name: 'query', matches: prefix('/query'), backends: split, sticky: { by: [{ queryParam: 'user' }] } },
    { name: 'caller', matches: prefix('/caller'), backends: split, sticky: { by: [{ caller: true }] } },
    { name: 'cookie', matches: prefix('/cookie'), backends: split, sticky: { by: [{ cookie: 'user', ttl: '1h' }] } },
    { name: 'session', matches: prefix('/session'), backends: split, sessionPersistence: { absoluteTimeout: '720h' } },
    {
      name: 'held',
      matches: prefix('/held'),
      backends: split,
      sessionPersistence: { type: 'Header', sessionName: 'X-Session' },
    },
    { name: 'zero', matches: prefix('/zero'), backends: [{ version: 'v1', weight: 0 }] },
    { name: 'redirecting', matches: prefix('/away'), backends: of('v1'), sessionPersistence: {} },
  ],
};

const ejecting = (service: string, baseEjection: string) => ({
  service,
  versions: { v1: pool({ consecutiveErrors: 2, interval: '1h', baseEjection, maxEjectedPercent: 50 }) },
  routes: [
    {
      name: 'default',
      backends: of('v1'),
      retry: { attempts: 2, codes: [503], backoff: '1ms', budget: { burst: 50 } },
    },
  ],
});

const registry = {
  'service/sticky': sticky,
  'service/shop': { service: 'shop', public: { hosts: ['shop.example.com'] }, versions: { v1: { worker: 'shop' } } },
  'service/orders': {
    service: 'orders',
    versions: { v1: { worker: 'orders1' }, v2: { worker: 'orders2' } },
    routes: [
      { name: 'testers', matches: [{ headers: [{ name: 'x-user', value: 'tester' }] }], backends: of('v2') },
      { name: 'default', backends: of('v1') },
    ],
  },
  'service/middle': { service: 'middle', versions: { only: { worker: 'middle' } } },
  'service/payment': {
    service: 'payment',
    versions: two,
    routes: [{ name: 'default', backends: [{ version: 'v1' }, { version: 'v2', weight: 0 }], follow: 'version' }],
  },
  'service/pool': {
    service: 'pool',
    versions: { v1: pool() },
    routes: [{ name: 'default', backends: of('v1') }],
  },
  'service/near': {
    service: 'near',
    public: { hosts: ['near.example.com'] },
    versions: placed({ gate: 'EU', leaf3: 'AS/JP' }),
  },
  'service/beyond': { service: 'beyond', versions: placed({ leaf1: 'EU/FR', leaf2: 'EU/DE' }) },
  'service/leasing': {
    service: 'leasing',
    versions: { v1: pool() },
    routes: [{ name: 'default', backends: of('v1'), timeouts: { request: '1s' } }],
  },
  'service/ejecting': ejecting('ejecting', '1h'),
  'service/returning': ejecting('returning', '1s'),
  'service/empty': {
    service: 'empty',
    versions: { v1: { endpoints: [] }, gone: { worker: 'nowhere' } },
    routes: [
      { name: 'none', matches: prefix('/none'), backends: of('v1') },
      { name: 'default', backends: of('gone') },
    ],
  },
  mesh: { carry: ['x-user'] },
};

const meshed = (service: string, ...bindings: string[]): RuntimeConfig => ({ service, bindings, hosts: [] });
const binding = (caller: string, service: string) => ({ entrypoint: 'Mesh', upstream: 'default', caller, service });

describe('splitting on workerd', () => {
  let mesh: EdgeMesh;
  beforeAll(async () => {
    mesh = await startEdgeMesh({
      workers: {
        leaf1: leaf('leaf1'),
        leaf2: leaf('leaf2'),
        leaf3: leaf('leaf3'),
        shop: through('shop', 'ORDERS'),
        orders1: through('orders1', 'MIDDLE'),
        orders2: through('orders2', 'MIDDLE'),
        middle: through('middle', 'PAYMENT'),
        gate: through('gate', 'BEYOND'),
        client,
        other: client,
      },
      upstreams: {
        leaf1: true,
        leaf2: true,
        leaf3: true,
        shop: true,
        orders1: true,
        orders2: true,
        middle: true,
        gate: true,
      },
      meshed: {
        leaf1: meshed('payment'),
        leaf2: meshed('payment'),
        leaf3: meshed('payment'),
        shop: meshed('shop', 'ORDERS'),
        orders1: meshed('orders', 'MIDDLE'),
        orders2: meshed('orders', 'MIDDLE'),
        middle: meshed('middle', 'PAYMENT'),
        gate: meshed('near', 'BEYOND'),
      },
      edgeBindings: {
        ORDERS: binding('shop', 'orders'),
        MIDDLE: binding('orders', 'middle'),
        PAYMENT: binding('middle', 'payment'),
        BEYOND: binding('near', 'beyond'),
        STICKY: binding('client', 'sticky'),
        STICKY_OTHER: binding('batch', 'sticky'),
        POOL: binding('client', 'pool'),
        LEASING: binding('client', 'leasing'),
        EJECTING: binding('client', 'ejecting'),
        RETURNING: binding('client', 'returning'),
        EMPTY: binding('client', 'empty'),
      },
      registry,
      vars: {
        SERVICES: Object.keys(registry).flatMap((key) => (key === 'mesh' ? [] : [key.slice('service/'.length)])),
      },
    });
  });
  afterAll(() => mesh?.stop());

  const ask = (path: string, init?: RequestInit) => mesh.ask('client', path, init);
  const text = async (path: string, init?: RequestInit) => (await ask(path, init)).text();

  it.each([
    ['500, no_backend: all weights are zero', '/STICKY/zero', 500, 'no_backend'],
    ['500, backend_unresolved: the edge has no binding for it', '/EMPTY/', 500, 'backend_unresolved'],
    ['503, no_endpoint: the version is declared and has none', '/EMPTY/none', 503, 'no_endpoint'],
  ])('%s', async (_rule, path, status, code) => {
    const answer = await ask(path);
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([status, code]);
  });

  const users = Array.from({ length: 16 }, (_, index) => `user-${index}`);
  it.each([
    ['a header', (user: string) => text('/STICKY/header', { headers: { 'x-user': user } })],
    ['a query parameter', (user: string) => text(`/STICKY/query?user=${user}`)],
    ['a cookie', (user: string) => text('/STICKY/cookie', { headers: { cookie: `user=${user}` } })],
  ])('the same %s leads to the same version', async (_rule, answerTo) => {
    const once = await Promise.all(users.map(answerTo));
    expect(await Promise.all(users.map(answerTo))).toEqual(once);
    expect(new Set(once)).toEqual(new Set(['leaf1', 'leaf2']));
  });
  it('the same caller is led to the same version', async () => {
    for (const name of ['STICKY', 'STICKY_OTHER'])
      expect(new Set(await Promise.all(users.map(() => text(`/${name}/caller`)))).size).toBe(1);
  });

  /** A browser's cookie jar, without paths. */
  function jar() {
    const cookies = new Map<string, string>();
    return async (path: string) => {
      const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
      const answer = await mesh.askPublic(path, { headers }, 'sticky.example.com');
      const lines = answer.headers.getSetCookie();
      for (const line of lines)
        cookies.set(
          line.slice(0, line.indexOf('=')),
          line.slice(line.indexOf('=') + 1, line.indexOf(';') < 0 ? undefined : line.indexOf(';')),
        );
      return { who: await answer.text(), lines };
    };
  }
  it('a browser without the cookie gets it once, beside those of the backend, and stays', async () => {
    const seen = new Set<string>();
    // A new browser is led by chance, so browsers come until both versions had one: 64 miss one once in 2^63 runs.
    for (let browser = 0; browser < 64 && (browser < 4 || seen.size < 2); browser += 1) {
      const visit = jar();
      const { who, lines } = await visit('/cookie');
      expect(lines).toEqual(['own=1', 'own2=2', expect.stringMatching(/^user=.+; Path=\/; Max-Age=3600; .*HttpOnly/)]);
      seen.add(who);
      for (let visits = 0; visits < 4; visits += 1)
        expect(await visit('/cookie')).toEqual({ who, lines: ['own=1', 'own2=2'] });
    }
    expect(seen.size).toBe(2);
  });
  it('a session stays with its version, also when that weighs nothing any more', async () => {
    const visits = Array.from({ length: 6 }, jar);
    const begun = await Promise.all(visits.map((visit) => visit('/session')));
    for (const { lines } of begun)
      expect(lines.at(-1)).toMatch(/^selvedge-session-session=v[12]:\S+; Path=\/session; HttpOnly; SameSite=Strict$/);
    const staying = begun.map(({ who }) => ({ who, lines: ['own=1', 'own2=2'] }));
    expect(await Promise.all(visits.map((visit) => visit('/session/deep')))).toEqual(staying);
    const turned = split.map((backend) => ({ ...backend, weight: backend.version === 'v1' ? 0 : 1 }));
    const routes = sticky.routes.map((route) => (route.name === 'session' ? { ...route, backends: turned } : route));
    await mesh.put('service/sticky', { ...sticky, routes });
    const newcomers = async () => new Set(await Promise.all(users.map(async () => (await jar()('/session')).who)));
    await expect.poll(newcomers, { timeout: 10_000 }).toEqual(new Set(['leaf2']));
    expect(await Promise.all(visits.map((visit) => visit('/session')))).toEqual(staying);
  });
  it('a session by header goes on with what the reply said', async () => {
    for (let client = 0; client < 6; client += 1) {
      const begun = await mesh.askPublic('/held', {}, 'sticky.example.com');
      const token = begun.headers.get('x-session') ?? '';
      const who = await begun.text();
      for (let again = 0; again < 3; again += 1) {
        const next = await mesh.askPublic('/held', { headers: { 'x-session': token } }, 'sticky.example.com');
        expect([await next.text(), next.headers.get('x-session')]).toEqual([who, null]);
      }
      const forged = await mesh.askPublic(
        '/held',
        { headers: { 'x-session': token.replace(/^v./, 'v9') } },
        'sticky.example.com',
      );
      expect(forged.headers.get('x-session')).toMatch(/^v[12]:/);
    }
  });

  it.each(['fetch', 'rpc'])(
    'a tester who sees orders v2 sees payment v2, through a service without versions, by %s',
    async (how) => {
      const shop = async (headers: Record<string, string>) =>
        (await mesh.askPublic(`/${how}`, { headers }, 'shop.example.com')).text();
      expect(await shop({ 'x-user': 'tester' })).toBe('shop orders2 middle leaf2');
      expect(await shop({})).toBe('shop orders1 middle leaf1');
      const claimed = { 'selvedge-context': 'hops=1;versions=orders:v2,middle:v2' };
      expect(await shop(claimed)).toBe('shop orders1 middle leaf1');
    },
  );
  it('the trace says what was followed', async () => {
    await mesh.askPublic('/fetch', { headers: { 'x-user': 'tester' } }, 'shop.example.com');
    await expect
      .poll(
        async () =>
          (await mesh.calls({ service: 'payment', limit: 20 })).find(({ reason }) => reason.includes('follows'))
            ?.reason,
        {
          timeout: 10_000,
        },
      )
      .toBe('version v2 follows the journey');
  });

  const told = async (worker: string) =>
    (await (await ask(`/DIRECT_${worker}/told`)).json()) as { failed: number; waiting: number };
  it('a call goes to the endpoint that is nearest to where it came in, and so does what it causes', async () => {
    const from = async (continent: string, country: string) => {
      const init = { cf: { continent, country, colo: 'XXX' } } as unknown as RequestInit;
      return (await mesh.askPublic('/fetch', init, 'near.example.com')).text();
    };
    expect([await from('AS', 'JP'), await from('EU', 'DE'), await from('EU', 'FR')]).toEqual([
      'leaf3',
      'gate leaf2',
      'gate leaf1',
    ]);
  });
  // Chance leads a call to an idle endpoint of three: 64 calls all miss the one that is waited for once in 10^11 runs.
  const enough = 64;
  /** Calls until one waits in leaf1; answers what becomes of that one. */
  const untilHeld = async (path: string) => {
    const before = (await told('leaf1')).waiting;
    const held = async () => (await told('leaf1')).waiting > before;
    for (let call = 0; call < enough; call += 1) {
      let ended = false;
      const answer = text(path).finally(() => {
        ended = true;
      });
      await expect.poll(async () => ended || (await held()), { timeout: 10_000, interval: 5 }).toBe(true);
      if (await held()) return { answer };
    }
    throw new Error('no call came to leaf1');
  };
  const answersUntil = async (worker: string, path: string) => {
    const answers: string[] = [];
    while (answers.length < enough && !answers.includes(worker)) answers.push(await text(path));
    return answers;
  };
  it('calls that were given up are counted no longer than they could have run', async () => {
    const abandoned = await untilHeld('/LEASING/slow?who=leaf1&patience=100');
    expect(await abandoned.answer).toBe('gave up');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await answersUntil('leaf1', '/LEASING/')).toContain('leaf1');
  });
  it('least-request leaves alone the endpoint that is busy', async () => {
    const busy = await untilHeld('/POOL/slow?who=leaf1');
    const meanwhile = new Set<string>();
    for (let call = 0; call < 20 || (call < enough && meanwhile.size < 2); call += 1)
      meanwhile.add(await text('/POOL/'));
    await ask('/DIRECT_leaf1/release');
    expect(await busy.answer).toBe('leaf1');
    expect(meanwhile).toEqual(new Set(['leaf2', 'leaf3']));
  });
  /** Calls until leaf2 has failed twice, which leaves it out; nobody outside sees it fail. */
  const untilOut = async (path: string) => {
    const { failed } = await told('leaf2');
    const more = async () => {
      const answer = await ask(path);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^leaf[13]$/)]);
      return (await told('leaf2')).failed - failed;
    };
    for (let call = 0; call < 2 * enough && (await more()) < 2; call += 1);
    return more;
  };
  it('an endpoint that fails is left out', async () => {
    const more = await untilOut('/EJECTING/down?who=leaf2');
    for (let call = 0; call < 20; call += 1) expect(await more()).toBe(2);
  });
  it('an endpoint that was left out comes back', async () => {
    await untilOut('/RETURNING/down?who=leaf2');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await answersUntil('leaf2', '/RETURNING/')).toContain('leaf2');
  });
});
