/** RPC through an edge against the same calls without one: what the caller sees must not differ, whichever side has the in-Worker runtime. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeMesh, startEdgeMesh } from '../../support/edge-mesh.ts';
import { behaviours, callerSource } from './behaviours.ts';
import { calleeSource } from './callee.ts';

const paths = [
  { name: 'caller and callee with the runtime', binding: 'MESHED' },
  { name: 'caller with the runtime, callee without', binding: 'TO_PLAIN' },
  { name: 'caller without the runtime, callee with it', binding: 'FROM_PLAIN' },
  { name: 'neither with the runtime', binding: 'PLAIN' },
] as const;

const runtime = (service: string, bindings: readonly string[]) => ({ service, bindings, hosts: [] });

let mesh: EdgeMesh;
const seen: Record<string, Record<string, unknown>> = {};
beforeAll(async () => {
  mesh = await startEdgeMesh({
    workers: { plain: calleeSource, meshed: calleeSource, orders: callerSource(behaviours) },
    upstreams: { plain: false, meshed: true },
    meshed: { meshed: runtime('payment', []), orders: runtime('orders', ['MESHED', 'TO_PLAIN']) },
    vars: {
      UPSTREAMS: {
        meshed: { callee: { binding: 'UP_meshed', runtime: true } },
        plain: { callee: { binding: 'UP_plain', runtime: false } },
      },
    },
    edgeBindings: {
      MESHED: { entrypoint: 'Mesh', upstream: 'meshed' },
      TO_PLAIN: { entrypoint: 'Mesh', upstream: 'plain' },
      FROM_PLAIN: { entrypoint: 'MeshRpc', upstream: 'meshed' },
      PLAIN: { entrypoint: 'MeshRpc', upstream: 'plain' },
    },
    registry: {
      mesh: {},
      'service/payment': {
        service: 'payment',
        versions: { v1: { worker: 'callee' } },
        routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
      },
    },
  });
  const only = process.env.ONLY === undefined ? '' : `?only=${encodeURIComponent(process.env.ONLY)}`;
  for (const binding of ['DIRECT_plain', ...paths.map((path) => path.binding)]) {
    seen[binding] = (await (await mesh.ask('orders', `/${binding}${only}`)).json()) as Record<string, unknown>;
  }
}, 60_000);
afterAll(() => mesh?.stop());

describe.each(paths)('$name', ({ binding }) => {
  it.each(Object.keys(behaviours))('%s', (behaviour) => {
    expect(seen[binding]?.[behaviour]).toEqual(seen.DIRECT_plain?.[behaviour]);
  });
});
