import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KvRegistry } from '../../../src/platform/registry/registry.ts';
import type { Lookup } from '../../../src/proxy/deps.ts';
import { fakeDeps } from '../../support/calls.ts';

const document = (version: string) =>
  JSON.stringify({ service: 'payment', versions: { [version]: { worker: `payment-${version}` } } });

/** A KV that answers when a test says so, on a clock that only the test moves. */
function steps(values: Record<string, string> = { 'service/payment': document('v1') }, services = ['payment']) {
  const reads: string[][] = [];
  const state = { hangs: false, fails: false };
  const answer = async <T>(keys: string[], result: () => T): Promise<T> => {
    reads.push(keys);
    if (state.hangs) await new Promise(() => {});
    if (state.fails) throw new Error('KV is down');
    return result();
  };
  const kv = {
    get: (keys: string | string[]) =>
      typeof keys === 'string'
        ? answer([keys], () => values[keys] ?? null)
        : answer(keys, () => new Map(keys.map((key) => [key, values[key] ?? null]))),
  };
  const background: Promise<unknown>[] = [];
  const lifetime = { waitUntil: (work: Promise<unknown>) => void background.push(work), end: () => {} };
  const registry = new KvRegistry({
    kv: kv as never,
    vars: { SERVICES: services, DECLARED: {}, HOSTS: {}, REFRESH_SECONDS: 30 },
    baked: {},
    now: () => Date.now(),
  });
  registry.attach(fakeDeps());
  return {
    values,
    reads,
    state,
    background,
    registry,
    look: (service = 'payment') => registry.lookup(service, lifetime),
  };
}

const versionOf = (lookup: Lookup) =>
  lookup.found ? lookup.served.mounted.snapshot.routes[0]?.backends[0]?.version : lookup.detail;

describe('the registry of an edge', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

  it('reads mesh and document on a cold start, and serves without a read up to 30 s', async () => {
    const { look, reads } = steps();
    expect(versionOf(await look())).toBe('v1');
    await pass(29);
    expect(look()).not.toBeInstanceOf(Promise);
    expect(reads).toEqual([['mesh', 'service/payment']]);
  });

  it('from 30 s on serves what it has, and refreshes once in the background', async () => {
    const { look, reads, values, background } = steps();
    await look();
    values['service/payment'] = document('v2');
    await pass(31);
    expect([versionOf(look() as Lookup), versionOf(look() as Lookup)]).toEqual(['v1', 'v1']);
    await Promise.all(background);
    expect(versionOf(look() as Lookup)).toBe('v2');
    expect(reads).toHaveLength(2);
  });

  it('from 5 min on waits for KV', async () => {
    const { look, values } = steps();
    await look();
    values['service/payment'] = document('v2');
    await pass(301);
    expect(versionOf(await look())).toBe('v2');
  });

  it('waits at most 500 ms, then serves the old snapshot as stale, and does not wait again at once', async () => {
    const { look, state } = steps();
    await look();
    await pass(301);
    state.hangs = true;
    const waited = Promise.resolve(look());
    await vi.advanceTimersByTimeAsync(500);
    expect(await waited).toMatchObject({ found: true, served: { stale: true } });
    expect(look()).not.toBeInstanceOf(Promise);
  });

  it('lets another call refresh when the owner of a refresh was cancelled', async () => {
    const { look, state, reads, background } = steps();
    await look();
    await pass(31);
    state.hangs = true;
    look();
    await pass(9);
    look();
    expect(reads).toHaveLength(2);
    state.hangs = false;
    await pass(2);
    look();
    expect(reads).toHaveLength(3);
    await background.at(-1);
    expect(look()).toMatchObject({ served: { ageMs: 0 } });
  });

  it('reads mesh at every tenth refresh', async () => {
    const { look, reads, background } = steps({ mesh: '{}', 'service/payment': document('v1') });
    await look();
    for (let refresh = 0; refresh < 20; refresh += 1) {
      await pass(31);
      look();
      await Promise.all(background);
    }
    expect(reads).toHaveLength(21);
    expect(reads.flatMap((keys, index) => (keys.includes('mesh') ? [index] : []))).toEqual([0, 10, 20]);
  });

  it('does not mount equal bytes again', async () => {
    const { look, background } = steps();
    const first = await look();
    await pass(31);
    look();
    await Promise.all(background);
    const second = look() as Lookup;
    expect(second.found && first.found && second.served.mounted === first.served.mounted).toBe(true);
  });

  it('reads the documents of a group in one read', async () => {
    const orders = JSON.stringify({ service: 'orders', versions: { v1: { worker: 'orders' } } });
    const { look, reads } = steps({ 'service/payment': document('v1'), 'service/orders': orders }, [
      'payment',
      'orders',
    ]);
    expect(versionOf(await look('orders'))).toBe('v1');
    expect(versionOf(look('payment') as Lookup)).toBe('v1');
    expect(reads).toEqual([['mesh', 'service/payment', 'service/orders']]);
  });

  it('finds the service of a host among those of a group: a name, then the longest wildcard; an edit counts at once', async () => {
    const at = (service: string, ...hosts: string[]) =>
      JSON.stringify({ service, public: { hosts }, versions: { v1: { worker: service } } });
    const { look, registry, values, background } = steps(
      {
        'service/payment': at('payment', '*.example.com', 'pay.example.org'),
        'service/orders': at('orders', 'Orders.example.com', '*.deep.example.com', 'pay.example.org'),
      },
      ['payment', 'orders'],
    );
    const found = (hosts: readonly string[]) => hosts.map((host) => registry.serviceForHost(host));
    expect(await registry.serviceForHost('a.example.com')).toBe('payment');
    const hosts = ['orders.example.com', 'x.deep.example.com', 'a.b.example.com', 'example.com', 'pay.example.org'];
    expect(found(hosts)).toEqual(['orders', 'orders', 'payment', undefined, 'payment']);
    values['service/payment'] = at('payment', 'new.example.net');
    await pass(31);
    look();
    await Promise.all(background);
    expect(found(['a.b.example.com', 'pay.example.org', 'new.example.net'])).toEqual([undefined, 'orders', 'payment']);
  });

  it('says why there is nothing to serve', async () => {
    expect(versionOf(await steps({}).look())).toBe('the key service/payment is absent from KV');
    expect(versionOf(await steps().look('other'))).toBe('this edge does not stand before other');
    const down = steps();
    down.state.fails = true;
    expect(versionOf(await down.look())).toBe('KV cannot be read: KV is down');
  });
});
