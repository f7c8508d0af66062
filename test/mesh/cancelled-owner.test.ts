import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';

const callee = (version: string) => `export default { fetch: () => new Response('${version}') };`;

/** `/quit` gives its call up after 50 ms; anything else is passed on. */
const caller = `
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const quits = pathname.startsWith('/quit');
    const signal = quits ? AbortSignal.timeout(50) : undefined;
    const path = quits ? pathname.slice(5) || '/' : pathname;
    return env.EDGE.fetch('http://payment' + path, { signal }).catch((error) => new Response(error.name, { status: 499 }));
  }
}`;

const document = (version: string, url: string) => ({
  service: 'payment',
  versions: { v1: { worker: 'one' }, v2: { worker: 'two' }, far: { url } },
  routes: [
    { name: 'far', matches: [{ path: { value: '/far' } }], backends: [{ version: 'far' }] },
    { name: 'default', backends: [{ version }] },
  ],
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the owner of a background task is cancelled in mid-flight', () => {
  let mesh: EdgeMesh;
  let far: Server;
  let url: string;
  const seen: (string | undefined)[] = [];
  beforeAll(async () => {
    far = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('far');
    });
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
    const address = far.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    mesh = await startEdgeMesh({
      workers: { one: callee('v1'), two: callee('v2'), orders: caller },
      upstreams: { one: false, two: false },
      registry: { mesh: {}, 'service/payment': document('v1', url) },
      slowDoors: true,
    });
  });
  afterAll(async () => {
    await mesh.stop();
    far.close();
  });

  const answer = async (path = '/') => {
    const response = await mesh.ask('orders', path);
    return `${response.status} ${await response.text()}`;
  };

  it('of a cold read: the next call reads for itself', async () => {
    await mesh.slow(400);
    expect(await answer('/quit')).toMatch(/^499/);
    await mesh.slow(0);
    expect(await answer()).toBe('200 v1');
  });

  it('of a refresh: the next call is served, and the next refresh sees the edit', async () => {
    await mesh.put('service/payment', document('v2', url));
    await pause(1_100);
    await mesh.slow(400);
    expect(await answer('/quit')).toMatch(/^499/);
    await mesh.slow(0);
    const edited = await eventually(
      () => answer(),
      (text) => text === '200 v2',
    );
    expect(edited).toBe('200 v2');
  });

  it('of a refresh that KV never ends: calls are served from the snapshot there is, after at most 500 ms', async () => {
    await mesh.slow(5_000);
    await pause(1_100);
    const begun = Date.now();
    expect(await answer()).toBe('200 v2');
    expect(Date.now() - begun).toBeLessThan(5_000);
    await mesh.slow(0);
  });

  it('of a token: the next call gets one', async () => {
    await eventually(
      () => answer(),
      (text) => text === '200 v2',
    );
    await mesh.slow(400);
    expect(await answer('/quit/far')).toMatch(/^499/);
    await mesh.slow(0);
    const got = await eventually(
      () => answer('/far'),
      (text) => text === '200 far',
    );
    expect(got).toBe('200 far');
    expect(seen.at(-1)).toMatch(/^Bearer ey/);
  });
});
