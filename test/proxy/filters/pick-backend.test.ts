/** Which backend an attempt goes to: by weight, by key, by session, by the journey. */
import { describe, expect, it } from 'vitest';
import type { HashKey, Route } from '../../../src/model/snapshot.ts';
import type { Call, FetchCall } from '../../../src/proxy/call.ts';
import type { Deps } from '../../../src/proxy/deps.ts';
import { pick } from '../../../src/proxy/filters/pick.ts';
import { backend, fakeDeps, fetchCall, route, rpcCall, snapshot, target } from '../../support/calls.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(1);

const halves = [backend('v1', 50), backend('v2', 50)];

/** One edge with one route: asks it with calls, and answers which version each went to, with the reply. */
function edge(of: Partial<Route>, deps: Partial<Deps> = {}) {
  const made = fakeDeps({ random, ...deps });
  const filter = pick({ deps: made, snapshot: snapshot(), route: route(of) });
  const ask = async (call: Call, answer = () => new Response('ok')) => {
    let version = '';
    const reply = await filter?.(call, async (attempted) => {
      version = attempted.attempt?.backend.version ?? '';
      return answer();
    });
    return { version, reply: reply as Response };
  };
  return { ask, deps: made };
}

const withHeaders = (headers: Record<string, string>, more: Partial<FetchCall> = {}) =>
  fetchCall({ request: new Request('http://payment/charge', { headers }), ...more });

async function versionsOf(of: Partial<Route>, calls: readonly Call[]) {
  const { ask } = edge(of);
  return Promise.all(calls.map(async (call) => (await ask(call)).version));
}

describe('what has no backend', () => {
  const codeOf = async (of: Partial<Route>, deps: Partial<Deps> = {}) => {
    const { ask } = edge(of, deps);
    return ask(fetchCall()).then(
      ({ version }) => version,
      (error: { error: { code: string } }) => error.error.code,
    );
  };
  const { transport } = fakeDeps();
  const nothingResolves = { transport: { ...transport, resolves: () => false } };
  it.each([
    ['no backend at all', { backends: [] }, {}, 'no_backend'],
    ['backends of weight zero only', { backends: [backend('v1', 0), backend('v2', 0)] }, {}, 'no_backend'],
    [
      'a sticky route of weight zero only',
      { backends: [backend('v1', 0)], sticky: [{ kind: 'caller' }] },
      {},
      'no_backend',
    ],
    [
      'a version without endpoints',
      { backends: [backend('v1', 1, { target: target('v1', { endpoints: [] }) })] },
      {},
      'no_endpoint',
    ],
    ['a version that this edge cannot reach', {}, nothingResolves, 'backend_unresolved'],
    ['a lone backend takes all', { backends: [backend('v1', 7)] }, {}, 'v1'],
  ] as const)('%s', async (_rule, of, deps, expected) => {
    expect(await codeOf(of as Partial<Route>, deps)).toBe(expected);
  });
  it('the share of a backend that cannot be reached gets the error, the others theirs', async () => {
    const resolves = (endpoint: { version: string }) => endpoint.version !== 'v2';
    const { ask } = edge({ backends: halves }, { transport: { ...transport, resolves } });
    const outcomes = await Promise.all(
      Array.from({ length: 400 }, () =>
        ask(fetchCall()).then(
          ({ version }) => version,
          () => 'error',
        ),
      ),
    );
    const share = outcomes.filter((outcome) => outcome === 'error').length / 400;
    expect([new Set(outcomes), share > 0.35 && share < 0.65]).toEqual([new Set(['v1', 'error']), true]);
  });
});

describe('sticky splits', () => {
  const names = Array.from({ length: 60 }, (_, index) => `user-${index}`);
  const rows: readonly [string, HashKey, (name: string) => Call][] = [
    ['a header', { kind: 'header', name: 'x-user' }, (name) => withHeaders({ 'x-user': name })],
    ['a cookie', { kind: 'cookie', name: 'user', path: '/' }, (name) => withHeaders({ cookie: `a=b; user=${name}` })],
    ['a query parameter', { kind: 'queryParam', name: 'user' }, (name) => fetchCall({ query: `x=1&user=${name}` })],
    ['a claim', { kind: 'claim', name: 'realm.user' }, (name) => fetchCall({ claims: { realm: { user: name } } })],
    ['the caller', { kind: 'caller' }, (name) => fetchCall({ principal: `spiffe://shop.example/svc/${name}` })],
    [
      'the caller of an RPC call',
      { kind: 'caller' },
      (name) => rpcCall({ principal: `spiffe://shop.example/svc/${name}` }),
    ],
    [
      'a header that the journey carries, for RPC',
      { kind: 'header', name: 'x-user' },
      (name) => rpcCall({ header: () => name }),
    ],
    ['the address of a public caller', { kind: 'address' }, (name) => fetchCall({ address: () => name })],
    [
      'the principal where there is no address',
      { kind: 'address' },
      (name) => fetchCall({ principal: `spiffe://shop.example/svc/${name}` }),
    ],
  ];
  it.each(rows)('go by %s: each key always to the same version, all keys to both', async (_rule, key, callOf) => {
    const of = { backends: halves, sticky: [key] };
    const first = await versionsOf(of, names.map(callOf));
    expect(await versionsOf(of, names.map(callOf))).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['v1', 'v2']));
  });
  it('go by the first key that a call has', async () => {
    const sticky: HashKey[] = [{ kind: 'header', name: 'x-user' }, { kind: 'caller' }];
    const principal = 'spiffe://shop.example/svc/orders';
    const both = names.map((name) => withHeaders({ 'x-user': name }, { principal }));
    const headers = names.map((name) => withHeaders({ 'x-user': name }));
    expect(await versionsOf({ backends: halves, sticky }, both)).toEqual(
      await versionsOf({ backends: halves, sticky }, headers),
    );
    const callers = await versionsOf(
      { backends: halves, sticky },
      names.map(() => fetchCall({ principal })),
    );
    expect(new Set(callers).size).toBe(1);
  });
  it('leave a call without any key to chance', async () => {
    const of = { backends: halves, sticky: [{ kind: 'header', name: 'x-user' }] satisfies HashKey[] };
    expect(
      new Set(
        await versionsOf(
          of,
          names.map(() => fetchCall()),
        ),
      ).size,
    ).toBe(2);
  });
  it('of two routes are independent of each other', async () => {
    const of = { backends: halves, sticky: [{ kind: 'header', name: 'x-user' }] satisfies HashKey[] };
    const calls = names.map((name) => withHeaders({ 'x-user': name }));
    expect(await versionsOf({ ...of, name: 'a' }, calls)).not.toEqual(await versionsOf({ ...of, name: 'b' }, calls));
  });
  it('give a caller without the cookie one, once, and keep what its value says', async () => {
    const sticky: HashKey[] = [{ kind: 'cookie', name: 'user', ttlMs: 3_600_000, path: '/shop' }];
    const { ask } = edge({ backends: halves, sticky });
    for (let caller = 0; caller < 10; caller += 1) {
      const { version, reply } = await ask(fetchCall());
      const [line = '', ...more] = reply.headers.getSetCookie();
      expect(more).toEqual([]);
      expect(line).toMatch(/^user=[0-9a-z]+; Path=\/shop; Max-Age=3600; Expires=.+ GMT; HttpOnly; SameSite=Lax$/);
      const again = await ask(withHeaders({ cookie: line.slice(0, line.indexOf(';')) }));
      expect([again.version, again.reply.headers.getSetCookie()]).toEqual([version, []]);
    }
  });
  it.each([
    ['none where it has no ttl', undefined, []],
    [
      'one of the browser session where its ttl is 0s',
      0,
      [expect.stringMatching(/^user=[0-9a-z]+; Path=\/; HttpOnly; SameSite=Lax$/)],
    ],
  ])('the edge sets %s', async (_rule, ttlMs, lines) => {
    const { ask } = edge({ backends: halves, sticky: [{ kind: 'cookie', name: 'user', ttlMs, path: '/' }] });
    expect((await ask(fetchCall())).reply.headers.getSetCookie()).toEqual(lines);
  });
  it('set no cookie where another key decides, nor for RPC', async () => {
    const sticky: HashKey[] = [
      { kind: 'cookie', name: 'user', ttlMs: 1_000, path: '/' },
      { kind: 'header', name: 'x-user' },
    ];
    const { ask } = edge({ backends: halves, sticky });
    expect((await ask(withHeaders({ 'x-user': 'kim' }))).reply.headers.getSetCookie()).toEqual([]);
    expect((await ask(rpcCall())).reply.headers.getSetCookie()).toEqual([]);
  });
  it('say Secure over https only, and leave the cookies of the backend as they are', async () => {
    const { ask } = edge({ sticky: [{ kind: 'cookie', name: 'user', ttlMs: 0, path: '/' }] });
    const answer = () =>
      new Response('ok', {
        headers: [
          ['set-cookie', 'a=1, 2'],
          ['set-cookie', 'b=2'],
        ],
      });
    const lines = (await ask(fetchCall({ url: 'https://shop.example/' }), answer)).reply.headers.getSetCookie();
    expect(lines).toEqual(['a=1, 2', 'b=2', expect.stringMatching(/^user=.*; HttpOnly; Secure; SameSite=Lax$/)]);
  });
});

describe('follow: version', () => {
  const of = { backends: [backend('v1', 1), backend('v2', 0)], followVersion: true };
  const rows: readonly [string, Partial<Call>, string][] = [
    ['the version of the caller, weight zero included', { journey: 'orders:v2', caller: 'orders' }, 'v2'],
    ['the caller before the rest of the journey', { journey: 'orders:v1,cart:v2', caller: 'orders' }, 'v1'],
    [
      'the latest that fits where the caller has no version here',
      { journey: 'shop:v1,orders:v2,cart:v7', caller: 'cart' },
      'v2',
    ],
    ['through a caller that has no version at all', { journey: 'orders:v2', caller: 'gate' }, 'v2'],
    ['weights where nothing fits', { journey: 'orders:v9', caller: 'orders' }, 'v1'],
    ['weights where the journey has no version', { journey: '', caller: 'orders' }, 'v1'],
  ];
  it.each(rows)('%s', async (_rule, more, version) => {
    for (const call of [fetchCall(more as Partial<FetchCall>), rpcCall(more as never)])
      expect((await edge(of).ask(call)).version).toBe(version);
  });
  it('the record says why', async () => {
    const call = fetchCall({ journey: 'orders:v2', caller: 'orders' });
    await edge(of).ask(call);
    expect(call.record.reason).toBe('version v2 follows the journey');
  });
  it('only where the route says so', async () => {
    const call = fetchCall({ journey: 'orders:v2', caller: 'orders' });
    expect((await edge({ ...of, followVersion: false }).ask(call)).version).toBe('v1');
  });
  it('goes before a key', async () => {
    const call = fetchCall({ journey: 'orders:v2', caller: 'orders', principal: 'spiffe://shop.example/svc/orders' });
    expect((await edge({ ...of, sticky: [{ kind: 'caller' }] }).ask(call)).version).toBe('v2');
  });
});
