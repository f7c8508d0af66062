/** Which endpoint of a version an attempt goes to, and what an isolate learns from how it went. */
import { describe, expect, it } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { BalanceRule, Endpoint, OutlierRule, RetryRule, Target } from '../../../src/model/snapshot.ts';
import type { Call } from '../../../src/proxy/call.ts';
import { pick } from '../../../src/proxy/filters/pick.ts';
import { retry } from '../../../src/proxy/filters/retry.ts';
import { span } from '../../../src/proxy/filters/span.ts';
import { stack } from '../../../src/proxy/service.ts';
import { backend, fakeDeps, fetchCall, record, route, rpcCall, snapshot } from '../../support/calls.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(1);

type Place = string | { readonly name: string; readonly locality?: string; readonly weight?: number };

function endpoint(place: Place): Endpoint {
  const { name, locality, weight } = typeof place === 'string' ? { name: place } : place;
  const where = {
    ...(locality === undefined ? {} : { locality: locality.split('/') }),
    ...(weight === undefined ? {} : { weight }),
  };
  return { kind: 'worker', version: 'v1', worker: name, ...where };
}

const workerOf = (attempt: Call['attempt']): string =>
  attempt?.endpoint !== undefined && 'worker' in attempt.endpoint ? attempt.endpoint.worker : '';

const balanced = (algorithm: BalanceRule['algorithm'], more: Partial<BalanceRule> = {}): BalanceRule => ({
  algorithm,
  by: [],
  ...more,
});
const retries: RetryRule = {
  attempts: 3,
  codes: new Set([503]),
  backoffMs: 0,
  budget: { percent: 100, burst: 100 },
  methods: new Set(['GET']),
  bodyBytes: 0,
};
const outliers: OutlierRule = {
  consecutiveErrors: 3,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectedPercent: 100,
};

interface World {
  readonly places: readonly Place[];
  readonly balance: BalanceRule;
  readonly outlier?: OutlierRule;
  readonly retry?: RetryRule;
  /** Status of an endpoint, 0 for none: unreachable. */
  readonly status?: (name: string) => number;
}

/** An edge before one version with several endpoints: asks it, and answers the endpoints that were tried, in order. */
function edge({ places, balance, outlier, retry: rule, status = () => 200 }: World, deps = fakeDeps({ random })) {
  const target: Target = { name: 'v1', endpoints: places.map(endpoint), balance, ...(outlier && { outlier }) };
  const parts = {
    deps,
    snapshot: snapshot(),
    route: route({ backends: [backend('v1', 1, { target })], ...(rule && { retry: rule }) }),
  };
  const filters = [retry(parts), pick(parts), span(parts)].flatMap((filter) => filter ?? []);
  const tried: string[] = [];
  const service = stack(filters, async ({ attempt }) => {
    const worker = workerOf(attempt);
    tried.push(worker);
    const code = status(worker);
    if (code === 0) throw new MeshFailure({ code: 'upstream_unreachable', version: 'v1', cause: 'down' });
    return new Response('ok', { status: code });
  });
  const ask = async (call: Call = fetchCall()) => {
    tried.length = 0;
    await service({ ...call, record: record() }).catch(() => {});
    return [...tried];
  };
  const many = async (count: number, callOf: () => Call = fetchCall) => {
    const counts: Record<string, number> = {};
    for (let call = 0; call < count; call += 1)
      for (const name of await ask(callOf())) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  return { ask, many, deps, service };
}

describe('algorithms', () => {
  it('round-robin goes round by weight', async () => {
    const places = [{ name: 'a', weight: 4 }, 'b', { name: 'off', weight: 0 }];
    expect(await edge({ places, balance: balanced('round-robin') }).many(50)).toEqual({ a: 40, b: 10 });
  });
  it('random and least-request reach all', async () => {
    for (const algorithm of ['random', 'least-request'] as const) {
      const counts = await edge({ places: ['a', 'b', 'c'], balance: balanced(algorithm) }).many(90);
      expect(Object.keys(counts).sort()).toEqual(['a', 'b', 'c']);
    }
  });
  it('consistent-hash sends a key to one endpoint, and moves only the keys of one that is taken away', async () => {
    const balance = balanced('consistent-hash', { by: [{ kind: 'header', name: 'x-user' }] });
    const callOf = (user: string) => fetchCall({ request: new Request('http://p/', { headers: { 'x-user': user } }) });
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const where = async (places: readonly string[]) => {
      const { ask } = edge({ places, balance });
      return Promise.all(users.map(async (user) => (await ask(callOf(user)))[0]));
    };
    const oneByOne = async (places: readonly string[]) => {
      const { ask } = edge({ places, balance });
      const found: (string | undefined)[] = [];
      for (const user of users) found.push((await ask(callOf(user)))[0]);
      return found;
    };
    const before = await oneByOne(['a', 'b', 'c']);
    expect(await oneByOne(['c', 'a', 'b'])).toEqual(before);
    expect(new Set(before).size).toBe(3);
    const after = await oneByOne(['a', 'c']);
    expect(before.filter((name, index) => name !== 'b' && after[index] !== name)).toEqual([]);
    expect((await where(['a'])).length).toBe(40);
    expect(Object.keys(await edge({ places: ['a', 'b', 'c'], balance }).many(60)).length).toBe(3);
  });
  it('a version whose endpoints all weigh nothing has none', async () => {
    const { service } = edge({
      places: [
        { name: 'a', weight: 0 },
        { name: 'b', weight: 0 },
      ],
      balance: balanced('random'),
    });
    await expect((async () => service(fetchCall()))()).rejects.toMatchObject({ error: { code: 'no_endpoint' } });
  });
  it('endpoints that this edge cannot reach are passed over; where it reaches none, that is the error', async () => {
    const deps = fakeDeps();
    const reachable = new Set(['b']);
    const resolves = (one: Endpoint) => one.kind === 'worker' && reachable.has(one.worker);
    Object.assign(deps, { transport: { ...deps.transport, resolves } });
    const { many, service } = edge({ places: ['a', 'b'], balance: balanced('round-robin') }, deps);
    expect(await many(5)).toEqual({ b: 5 });
    reachable.clear();
    await expect((async () => service(fetchCall()))()).rejects.toMatchObject({
      error: { code: 'backend_unresolved', detail: 'a, b' },
    });
  });
});

describe('least request', () => {
  /** An edge whose endpoint `slow` never answers. */
  const busy = (deps = fakeDeps({ random })) => {
    const target: Target = {
      name: 'v1',
      endpoints: ['slow', 'idle'].map(endpoint),
      balance: balanced('least-request'),
    };
    const filter = pick({ deps, snapshot: snapshot(), route: route({ backends: [backend('v1', 1, { target })] }) });
    const counts: Record<string, number> = { slow: 0, idle: 0 };
    const ask = (call: Call = fetchCall()) =>
      filter?.(call, ({ attempt }) => {
        const worker = workerOf(attempt);
        counts[worker] = (counts[worker] ?? 0) + 1;
        return worker === 'slow' ? new Promise(() => {}) : Promise.resolve(new Response());
      });
    const untilSlow = async () => {
      while (counts.slow === 0) {
        void ask();
        await Promise.resolve();
      }
    };
    return { ask, counts, deps, untilSlow };
  };
  it('leaves alone what is busy', async () => {
    const { ask, counts, untilSlow } = busy();
    await untilSlow();
    for (let call = 0; call < 40; call += 1) await ask();
    expect(counts.slow).toBe(1);
  });
  it('a call that never ends counts until it can no longer be running', async () => {
    const { ask, counts, deps, untilSlow } = busy();
    await untilSlow();
    deps.at += 30_001;
    while (counts.slow === 1) {
      void ask();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(counts.slow).toBe(2);
  });
  it('the count outlives a document that is read anew', async () => {
    const first = busy();
    await first.untilSlow();
    const second = busy(first.deps);
    for (let call = 0; call < 40; call += 1) await second.ask();
    expect(second.counts.slow).toBe(0);
  });
});

describe('retries', () => {
  it('go to endpoints that this call has not tried', async () => {
    for (const algorithm of ['round-robin', 'random', 'least-request', 'consistent-hash'] as const) {
      const by = algorithm === 'consistent-hash' ? ([{ kind: 'caller' }] as const) : [];
      const { ask } = edge({
        places: ['a', 'b', 'c'],
        balance: balanced(algorithm, { by }),
        retry: retries,
        status: () => 503,
      });
      const tried = await ask(fetchCall({ principal: 'spiffe://shop.example/svc/orders' }));
      expect([tried.length, new Set(tried.slice(0, 3)).size]).toEqual([4, 3]);
    }
  });
  it('tell versions of one Worker and places of one origin from each other', async () => {
    const deps = fakeDeps({ random });
    const endpoints: Endpoint[] = [
      { kind: 'worker-version', version: 'v1', worker: 'pay', workerVersion: 'aaa' },
      { kind: 'worker-version', version: 'v1', worker: 'pay', workerVersion: 'bbb' },
      { kind: 'url', version: 'v1', url: 'https://pay.example.com/a', audience: '' },
      { kind: 'url', version: 'v1', url: 'https://pay.example.com/b', audience: '' },
    ];
    const target: Target = { name: 'v1', endpoints, balance: balanced('random') };
    const parts = {
      deps,
      snapshot: snapshot(),
      route: route({ backends: [backend('v1', 1, { target })], retry: retries }),
    };
    const filters = [retry(parts), pick(parts), span(parts)].flatMap((filter) => filter ?? []);
    const call = fetchCall({ record: record() });
    await stack(filters, async () => new Response('', { status: 503 }))(call);
    expect(call.record.attempts.map((attempt) => attempt.endpoint).sort()).toEqual([
      'https://pay.example.com/a',
      'https://pay.example.com/b',
      'pay@aaa',
      'pay@bbb',
    ]);
  });
});

describe('outliers', () => {
  const world = (status: (name: string) => number): World => ({
    places: ['a', 'b', 'c'],
    balance: balanced('round-robin'),
    outlier: outliers,
    status,
  });
  it('are left out after so many errors in a row, by status or without an answer, and come back', async () => {
    for (const code of [500, 0]) {
      const { many, deps } = edge(world((name) => (name === 'b' ? code : 200)));
      await many(12);
      expect(await many(20)).toEqual({ a: 10, c: 10 });
      deps.at += 30_000;
      expect((await many(6)).b).toBeGreaterThan(0);
    }
  });
  it('answers below 500 are no errors', async () => {
    const { many } = edge(world((name) => (name === 'b' ? 404 : 200)));
    expect(await many(30)).toEqual({ a: 10, b: 10, c: 10 });
  });
  it('when all are out, all are in', async () => {
    const { many } = edge(world(() => 500));
    await many(12);
    expect(await many(30)).toEqual({ a: 10, b: 10, c: 10 });
  });
  it('is remembered when the document is read anew', async () => {
    const first = edge(world((name) => (name === 'b' ? 500 : 200)));
    await first.many(12);
    expect(
      await edge(
        world(() => 200),
        first.deps,
      ).many(10),
    ).toEqual({ a: 5, c: 5 });
  });
  it("what the edge refused itself, and the caller's own deadline, is nobody's fault", async () => {
    const target: Target = {
      name: 'v1',
      endpoints: ['a', 'b'].map(endpoint),
      balance: balanced('round-robin'),
      outlier: outliers,
    };
    const deps = fakeDeps();
    const filter = pick({ deps, snapshot: snapshot(), route: route({ backends: [backend('v1', 1, { target })] }) });
    const counts: Record<string, number> = {};
    for (let call = 0; call < 20; call += 1) {
      await filter?.(fetchCall(), async ({ attempt }) => {
        const worker = workerOf(attempt);
        counts[worker] = (counts[worker] ?? 0) + 1;
        throw new MeshFailure(
          worker === 'a' ? { code: 'deadline_exceeded' } : { code: 'identity_unavailable', detail: '' },
        );
      }).catch(() => {});
    }
    expect(counts).toEqual({ a: 10, b: 10 });
  });
});

describe('localities', () => {
  const calling = () => fetchCall({ locality: 'EU/DE/TXL' });
  const near = (more: Partial<NonNullable<BalanceRule['locality']>> = {}) =>
    balanced('round-robin', { locality: { distribute: [], failover: [], ...more } });
  const spread: Place[] = [
    { name: 'here', locality: 'EU/DE/TXL' },
    { name: 'zone', locality: 'EU/DE/FRA' },
    { name: 'region', locality: 'EU/FR/CDG' },
    { name: 'next', locality: 'NA/US/SEA' },
    { name: 'far', locality: 'AS/JP/NRT' },
  ];
  it('the nearest comes first, and retries go further out step by step', async () => {
    const failover = [{ from: ['EU'], to: ['NA'] }];
    const { ask } = edge({
      places: [...spread].reverse(),
      balance: near({ failover }),
      retry: { ...retries, attempts: 4 },
      status: () => 503,
    });
    expect(await ask(calling())).toEqual(['here', 'zone', 'region', 'next', 'far']);
  });
  it('all are alike to a caller of whom nothing is known, and where the rule is turned off', async () => {
    expect(Object.keys(await edge({ places: spread, balance: near() }).many(10)).length).toBe(5);
    expect(Object.keys(await edge({ places: spread, balance: balanced('round-robin') }).many(10, calling)).length).toBe(
      5,
    );
  });
  it('a gateway goes by where its caller is', async () => {
    const geo = () => ({ continent: 'EU', country: 'FR', colo: 'CDG' });
    const { many } = edge({ places: spread, balance: near() });
    expect(await many(5, () => fetchCall({ door: 'public', geo }))).toEqual({ region: 5 });
  });
  it('an endpoint that fails is given up for the one that calls fail over to', async () => {
    const places = [
      { name: 'dead', locality: 'r/z/s' },
      { name: 'far', locality: 'other/z/s' },
      { name: 'next', locality: 'near/z/s' },
    ];
    const balance = near({ failover: [{ from: ['r'], to: ['near'] }] });
    const { many } = edge({
      places,
      balance,
      retry: retries,
      outlier: { ...outliers, consecutiveErrors: 5 },
      status: (name) => (name === 'dead' ? 0 : 200),
    });
    expect(await many(50, () => fetchCall({ locality: 'r/z/s' }))).toEqual({ dead: 5, next: 50 });
  });
  it('distribute shares out by percent, exactly, and gives nothing to places that it does not name', async () => {
    const distribute = [
      {
        from: ['EU'],
        to: [
          [['NA'], 80],
          [['EU'], 20],
        ],
      },
    ] as const;
    for (const algorithm of ['round-robin', 'least-request', 'random'] as const) {
      const counts = await edge({
        places: [spread[0], spread[3], spread[4]] as Place[],
        balance: { ...near({ distribute }), algorithm },
      }).many(50, calling);
      expect(counts).toEqual({ next: 40, here: 10 });
    }
  });
  it('a share without an endpoint left goes to the others', async () => {
    const distribute = [
      {
        from: ['EU'],
        to: [
          [['NA'], 80],
          [['EU'], 20],
        ],
      },
    ] as const;
    const { many } = edge({ places: spread.slice(0, 2), balance: near({ distribute }) });
    expect(await many(10, calling)).toEqual({ here: 5, zone: 5 });
  });
  it('with consistent-hash a key stays in its share', async () => {
    const distribute = [
      {
        from: ['EU'],
        to: [
          [['NA'], 50],
          [['EU'], 50],
        ],
      },
    ] as const;
    const balance = {
      ...near({ distribute }),
      algorithm: 'consistent-hash',
      by: [{ kind: 'queryParam', name: 'k' }],
    } as const;
    const { many } = edge({ places: spread, balance });
    const seen = new Set<string>();
    for (let key = 0; key < 30; key += 1) {
      const names = Object.keys(await many(3, () => ({ ...calling(), query: `k=${key}` }) as Call));
      expect(names.length).toBe(1);
      seen.add(names[0] as string);
    }
    expect(seen).toEqual(new Set(['next', 'here', 'zone', 'region']));
  });
});

describe('a single endpoint', () => {
  it('has no state: nothing is made for the calls to it', async () => {
    const deps = fakeDeps();
    const target: Target = {
      name: 'v1',
      endpoints: [endpoint('a')],
      balance: balanced('least-request'),
      outlier: outliers,
    };
    const filter = pick({ deps, snapshot: snapshot(), route: route({ backends: [backend('v1', 1, { target })] }) });
    let asked = 0;
    Object.assign(deps, { now: () => (asked += 1) });
    const reply = Promise.resolve(new Response());
    expect(filter?.(fetchCall(), () => reply)).toBe(reply);
    expect(asked).toBe(0);
  });
});

it('RPC chooses as fetch does, and what a method throws counts as its answer does in metrics', async () => {
  const target: Target = {
    name: 'v1',
    endpoints: ['a', 'b'].map(endpoint),
    balance: balanced('round-robin'),
    outlier: outliers,
  };
  const filter = pick({
    deps: fakeDeps(),
    snapshot: snapshot(),
    route: route({ backends: [backend('v1', 1, { target })] }),
  });
  const counts: Record<string, number> = {};
  for (let call = 0; call < 20; call += 1) {
    await filter?.(rpcCall(), async ({ attempt }) => {
      const worker = workerOf(attempt);
      counts[worker] = (counts[worker] ?? 0) + 1;
      if (worker === 'a') throw new Error('broken');
      return { value: 'ok' };
    }).catch(() => {});
  }
  expect(counts).toEqual({ a: 3, b: 17 });
});
