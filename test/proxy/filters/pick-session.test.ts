/** Session persistence (GEP-1619): what a client with a cookie jar, or one that keeps a header, comes to. */
import { describe, expect, it } from 'vitest';
import type { Backend, Route, SessionRule } from '../../../src/model/snapshot.ts';
import { pick } from '../../../src/proxy/filters/pick.ts';
import { retry } from '../../../src/proxy/filters/retry.ts';
import { span } from '../../../src/proxy/filters/span.ts';
import { stack } from '../../../src/proxy/service.ts';
import { backend, fakeDeps, fetchCall, record, route, rpcCall, snapshot, target } from '../../support/calls.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(1);

const rule = (more: Partial<SessionRule> = {}): SessionRule => ({
  name: 'session',
  type: 'Cookie',
  permanent: false,
  paths: { exact: [], expressions: [] },
  ...more,
});
const backends = [backend('v1', 50), backend('v2', 50)];
const several = (name: string) =>
  target(name, {
    endpoints: [0, 1, 2].map((place) => ({ kind: 'worker', version: name, worker: `${name}-${place}` })),
    balance: { algorithm: 'random', by: [] },
  });

const atMs = 1_800_000_000_000;

/** A client of one edge, whose routes can be exchanged under it while its clock goes on. */
function client(first: Partial<Route>) {
  const deps = fakeDeps({ random });
  deps.at = atMs;
  let token: string | undefined;
  let served = route({ session: rule(), ...first });
  let failing: (endpoint: string) => boolean = () => false;
  return {
    deps,
    change: (of: Partial<Route>) => {
      served = route({ session: rule(), ...of });
    },
    failWhere: (which: (endpoint: string) => boolean) => {
      failing = which;
    },
    forge: (value: string | undefined) => {
      token = value;
    },
    token: () => token,
    async ask(more: Parameters<typeof fetchCall>[0] = {}) {
      const { name = '', type } = served.session ?? {};
      const headers = new Headers();
      if (token !== undefined)
        headers.set(type === 'Header' ? name : 'cookie', type === 'Header' ? token : `a=1; ${name}=${token}`);
      const parts = { deps, snapshot: snapshot(), route: served };
      const filters = [retry(parts), pick(parts), span(parts)].flatMap((filter) => filter ?? []);
      const call = fetchCall({ request: new Request('http://payment/charge', { headers }), record: record(), ...more });
      const reply = (await stack(filters, async ({ attempt }) => {
        const endpoint = attempt?.endpoint as { worker: string };
        return new Response(endpoint.worker, { status: failing(endpoint.worker) ? 503 : 200 });
      })(call)) as Response;
      const [cookie] = reply.headers.getSetCookie();
      const given =
        type === 'Header' ? (reply.headers.get(name) ?? undefined) : cookie?.slice(name.length + 1).split(';')[0];
      if (given !== undefined) token = given;
      return {
        endpoint: await reply.text(),
        status: reply.status,
        given: given !== undefined,
        cookie,
        version: call.record.version,
      };
    },
  };
}

const rounds = Array.from({ length: 12 });

describe.each(['Cookie', 'Header'] as const)('a session by %s', (type) => {
  it('begins by weight and stays, whatever the weights become, zero included', async () => {
    const seen = new Set<string>();
    for (let begun = 0; begun < 64 && (begun < 12 || seen.size < 2); begun += 1) {
      const one = client({ backends, session: rule({ type }) });
      const { version, given } = await one.ask();
      expect(given).toBe(true);
      seen.add(version);
      const moved = backends.map((each) => ({ ...each, weight: each.version === version ? 0 : 100 }));
      one.change({ backends: moved, session: rule({ type }) });
      for (const _again of rounds) expect(await one.ask()).toMatchObject({ version, given: false });
    }
    expect(seen.size).toBe(2);
  });
  it('begins anew where its version is gone, or what was sent is no token', async () => {
    const one = client({ backends, session: rule({ type }) });
    const { version } = await one.ask();
    const others = backends.filter((each) => each.version !== version);
    one.change({ backends: others, session: rule({ type }) });
    expect(await one.ask()).toMatchObject({ version: others[0]?.version, given: true });
    one.forge('v9:::::');
    expect((await one.ask()).given).toBe(true);
  });
  it('begins anew where its version cannot be reached from here', async () => {
    const one = client({ backends, session: rule({ type }) });
    const { version } = await one.ask();
    const { transport } = one.deps;
    const resolves = (endpoint: { version: string }) => endpoint.version !== version;
    Object.assign(one.deps, { transport: { ...transport, resolves } });
    one.change({
      backends: backends.map((each) => ({ ...each, weight: each.version === version ? 0 : 1 })),
      session: rule({ type }),
    });
    expect((await one.ask()).given).toBe(true);
  });
  it('of another rule with the same name is none', async () => {
    const one = client({ backends, session: rule({ type }) });
    await one.ask();
    one.change({ name: 'other', backends, session: rule({ type }) });
    expect((await one.ask()).given).toBe(true);
  });
  it('ends at its absolute timeout however busy it is', async () => {
    const one = client({ backends, session: rule({ type, absoluteTimeoutMs: 10_000 }) });
    await one.ask();
    for (const _ of Array.from({ length: 9 })) {
      one.deps.at += 1_000;
      expect((await one.ask()).given).toBe(false);
    }
    one.deps.at += 1_000;
    expect((await one.ask()).given).toBe(true);
  });
  it('ends when it was idle for too long, and not while it is used', async () => {
    const one = client({ backends, session: rule({ type, idleTimeoutMs: 2_000 }) });
    const { version } = await one.ask();
    one.change({
      backends: backends.map((each) => ({ ...each, weight: each.version === version ? 0 : 1 })),
      session: rule({ type, idleTimeoutMs: 2_000 }),
    });
    for (const _ of rounds) {
      one.deps.at += 1_900;
      expect((await one.ask()).version).toBe(version);
    }
    one.deps.at += 2_001;
    expect((await one.ask()).version).not.toBe(version);
  });
  it('keeps to one endpoint of its version, and moves to another when that one fails', async () => {
    const rules = {
      attempts: 2,
      codes: new Set([503]),
      backoffMs: 0,
      budget: { percent: 100, burst: 100 },
      methods: new Set(['GET']),
      bodyBytes: 0,
    };
    const of = {
      backends: [
        { ...backend('v1'), target: several('v1') },
        { ...backend('v2'), target: several('v2') },
      ],
      retry: rules,
      session: rule({ type }),
    };
    const one = client(of);
    const { endpoint, version } = await one.ask();
    for (const _ of rounds) expect(await one.ask()).toMatchObject({ endpoint, given: false });
    one.failWhere((name) => name === endpoint);
    const next = await one.ask();
    expect(next).toMatchObject({ version, status: 200, given: true });
    expect(next.endpoint).not.toBe(endpoint);
    one.failWhere(() => false);
    for (const _ of rounds) expect(await one.ask()).toMatchObject({ endpoint: next.endpoint, given: false });
  });
});

describe('the cookie of a session', () => {
  const lineOf = async (session: Partial<SessionRule>, call: Parameters<typeof fetchCall>[0] = {}) =>
    (await client({ backends: [backend('v1')], session: rule(session) }).ask(call)).cookie;
  it('is one of the browser session, for scripts invisible, and Strict, as GEP-1619 asks', async () => {
    expect(await lineOf({})).toMatch(/^session=v1:[!-:<-~]+; Path=\/; HttpOnly; SameSite=Strict$/);
  });
  it('is Secure over https', async () => {
    expect(await lineOf({}, { url: 'https://shop.example/' })).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  });
  it('lasts to the absolute timeout where it is permanent', async () => {
    const line = await lineOf({ permanent: true, absoluteTimeoutMs: 300_000 });
    expect(line).toContain(`; Max-Age=300; Expires=${new Date(atMs + 300_000).toUTCString()}; `);
  });
  it('has no longer a life when it is given anew', async () => {
    const one = client({
      backends: [backend('v1')],
      session: rule({ permanent: true, absoluteTimeoutMs: 300_000, idleTimeoutMs: 60_000 }),
    });
    await one.ask();
    one.deps.at += 50_000;
    expect((await one.ask()).cookie).toContain('; Max-Age=250; ');
  });
  it('has the path of the match', async () => {
    expect(await lineOf({}, { matchedPrefix: '/app/', path: '/app/x' })).toContain('; Path=/app; ');
    expect(await lineOf({ paths: { exact: ['/login'], expressions: [] } }, { path: '/login' })).toContain(
      '; Path=/login; ',
    );
  });
});

describe('backends of one version that differ in their filters', () => {
  it('have sessions of their own', async () => {
    const twice: Backend[] = [0, 1, 2].map((place) =>
      backend('v1', 1, { requestHeaders: { set: [['x', `${place}`]], add: [], remove: [] } }),
    );
    const { deps } = client({ backends: twice });
    const parts = { deps, snapshot: snapshot(), route: route({ backends: twice, session: rule() }) };
    const filter = pick(parts);
    const ask = async (cookie: string) => {
      let header: string | undefined;
      const call = fetchCall({ request: new Request('http://payment/', { headers: { cookie } }) });
      const reply = (await filter?.(call, async ({ attempt }) => {
        header = attempt?.backend.requestHeaders?.set[0]?.[1];
        return new Response();
      })) as Response;
      return { header, cookie: reply.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    };
    for (const _ of rounds) {
      const first = await ask('');
      expect((await ask(first.cookie)).header).toBe(first.header);
    }
  });
});

it('RPC has no cookies: a session says nothing to it', async () => {
  const filter = pick({ deps: fakeDeps(), snapshot: snapshot(), route: route({ backends, session: rule() }) });
  expect(await filter?.(rpcCall(), async () => ({ value: 'ok' }))).toEqual({ value: 'ok' });
});
