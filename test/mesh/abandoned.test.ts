import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';

/** Counts the calls that began and those that ran to their end, which an abandoned call must not. */
const slow = `
import { WorkerEntrypoint } from 'cloudflare:workers';
let begun = 0, ended = 0;
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/counts') return Response.json({ begun, ended });
    if (pathname === '/quick') return new Response('ok');
    begun += 1;
    await scheduler.wait(1_500);
    ended += 1;
    return new Response('late');
  }
  async wait() { begun += 1; await scheduler.wait(1_500); ended += 1; return 'late'; }
}`;

/** Begins many calls at once and gives them all up after 100 ms. */
const impatient = `
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const many = Number(searchParams.get('many') ?? 1);
    const target = env[searchParams.get('to') ?? 'EDGE'];
    if (pathname === '/abort') {
      const controller = new AbortController();
      const calls = Array.from({ length: many }, () => target.fetch('http://payment/slow', { signal: controller.signal }).then(() => 'answered', () => 'aborted'));
      setTimeout(() => controller.abort(), 100);
      const ends = await Promise.all(calls);
      return Response.json({ aborted: ends.filter((end) => end === 'aborted').length });
    }
    if (pathname === '/leave') {
      // The invocation ends while its calls are under way: RPC has no signal, so this is how a caller gives one up.
      for (let call = 0; call < many; call += 1) target.wait().catch(() => {});
      await scheduler.wait(100);
      return new Response('left');
    }
    return target.fetch('http://payment' + pathname);
  }
}`;

const document = {
  service: 'payment',
  versions: { v1: { worker: 'one' } },
  routes: [{ name: 'default', timeouts: { request: '1s' }, backends: [{ version: 'v1' }] }],
};

describe('calls that their caller gave up', () => {
  let mesh: EdgeMesh;
  beforeAll(async () => {
    mesh = await startEdgeMesh({
      workers: { one: slow, orders: impatient },
      upstreams: { one: false },
      registry: { mesh: {}, 'service/payment': document },
    });
    await mesh.ask('orders', '/quick');
  });
  afterAll(() => mesh.stop());

  const counts = async () =>
    (await (await mesh.ask('orders', '/counts?to=DIRECT_one')).json()) as { begun: number; ended: number };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const cancelled = async () =>
    (await mesh.calls({ outcome: 'cancelled', limit: 30 })).filter((call) => call.outcome === 'cancelled');

  it('are 1,000 records with outcome cancelled when their deadline has passed, and no callee runs on', async () => {
    for (let round = 0; round < 10; round += 1) {
      const answer = await mesh.ask('orders', '/abort?many=100');
      expect(await answer.json()).toEqual({ aborted: 100 });
    }
    await pause(2_000);
    const { begun, ended } = await counts();
    expect(begun).toBeGreaterThan(0);
    expect(ended).toBe(0);
    // A later call settles what nobody ended.
    expect((await mesh.ask('orders', '/quick')).status).toBe(200);
    const totals = await eventually(
      () => mesh.counts(),
      ({ calls }) => calls >= 1_002,
    );
    expect(totals).toMatchObject({ calls: 1_002, lostCalls: 0 });
    const [report] = await mesh.reports();
    expect(report?.inFlight).toBe(0);
    const some = await cancelled();
    expect(some.length).toBeGreaterThan(0);
    expect(some[0]).toMatchObject({ route: 'default', version: 'v1', status: 0, attempts: [{ outcome: 'cancelled' }] });
  });

  it('are recorded for RPC as well, whose callee stops as it does bare', async () => {
    const before = await counts();
    await mesh.ask('orders', '/leave?many=20&to=EDGE_RPC');
    await pause(2_000);
    const after = await counts();
    expect([after.begun - before.begun, after.ended - before.ended]).toEqual([20, 0]);
    await mesh.ask('orders', '/quick');
    const all = await eventually(cancelled, (calls) => calls.some(({ kind }) => kind === 'rpc'));
    expect(all.some(({ kind }) => kind === 'rpc')).toBe(true);
  });
});
