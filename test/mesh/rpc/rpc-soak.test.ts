/** Many RPC calls with stubs: nothing of them stays in the edge. `SOAK=100000` makes it as many as one likes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeMesh, startEdgeMesh } from '../../support/edge-mesh.ts';
import { heapAfterCollection } from '../../support/heap.ts';

const total = Number(process.env.SOAK ?? 3_000);
const settled = Math.floor(total / 5);
const perRequest = 200;

const callee = `
import { WorkerEntrypoint, RpcTarget } from 'cloudflare:workers';
class Session extends RpcTarget { #n = 0; next() { return ++this.#n; } }
export default class extends WorkerEntrypoint {
  open() { return new Session(); }
  bag(n) { return { session: new Session(), n }; }
  data(n) { return { n, list: [1, 2, { a: 'b' }] }; }
  lease() { return { n: 1, [Symbol.dispose]() {} }; }
  callBack(f) { return f(2); }
}`;

/** Four kinds of call in turn, each disposed of as one should, which for data is not at all. */
const caller = `
export default { async fetch(request, env) {
  const X = env.EDGE;
  for (let i = 0; i < ${perRequest}; i += 5) {
    { using session = await X.open(); await session.next(); }
    { using bag = await X.bag(i); await bag.session.next(); }
    const data = await X.data(i);
    if (data.n !== i) throw new Error('other data');
    { using lease = await X.lease(); if (lease.n !== 1) throw new Error('other lease'); }
    if (await X.callBack((n) => n + 1) !== 3) throw new Error('other answer');
  }
  return new Response('ok');
} };`;

let mesh: EdgeMesh;
let stderr = '';
beforeAll(async () => {
  mesh = await startEdgeMesh({
    workers: { meshed: callee, orders: caller },
    upstreams: { meshed: true },
    meshed: {
      meshed: { service: 'payment', bindings: [], hosts: [] },
      orders: { service: 'orders', bindings: ['EDGE'], hosts: [] },
    },
    registry: {
      mesh: {},
      'service/payment': {
        service: 'payment',
        versions: { v1: { worker: 'meshed' } },
        routes: [{ name: 'default', timeouts: { request: '5s' }, backends: [{ version: 'v1' }] }],
      },
    },
    inspector: true,
    onStderr: (text) => {
      stderr += text;
    },
  });
}, 60_000);
afterAll(() => mesh?.stop());

describe('a soak of RPC calls', () => {
  it('leaves no stubs in the edge, and nobody is warned', { timeout: 600_000 }, async () => {
    const inspector = await mesh.mf.getInspectorURL();
    const run = async (calls: number) => {
      for (let made = 0; made < calls; made += perRequest) expect((await mesh.ask('orders')).status).toBe(200);
    };
    await run(settled);
    const before = await heapAfterCollection(inspector, 'payment-edge');
    await run(total - settled);
    const after = await heapAfterCollection(inspector, 'payment-edge');
    if (process.env.SOAK !== undefined) console.log({ total, settled, before, after, grown: after - before });
    expect(after - before).toBeLessThan(1_000_000);
    expect(stderr).not.toMatch(/not disposed properly/);
  });
});
