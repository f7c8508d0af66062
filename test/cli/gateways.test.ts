/** What commands that need no mesh make of gateways: documents of services that no wrangler config describes. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selvedgeInProcess } from './in-process.ts';
import { writeRepository } from './odd-repository.ts';

const config = (name: string, more: object = {}) =>
  JSON.stringify({ name, main: 'index.js', compatibility_date: '2026-04-21', workers_dev: false, ...more });

let folder: string;
beforeAll(async () => {
  folder = await writeRepository({
    'orders/wrangler.json': config('orders', { routes: ['orders.example.com/*'] }),
    'shop/wrangler.json': config('shop', { services: [{ binding: 'GATE', service: 'gate' }] }),
    'selvedge/all.yaml': `mesh: shop
egress: { mode: registry-only, hosts: [api.partner.test] }
---
service: ingress
public: { listeners: [{ name: any, hostname: "*.example.com" }] }
access: {}
routes: [{ name: all, backends: [{ service: gate }] }]
---
service: gate
routes: [{ name: all, backends: [{ service: orders }] }]
---
service: partner
egress: { hosts: [api.partner.test] }
versions: { v1: { url: "https://api.partner.test" } }
---
service: orders
versions: { v1: { worker: orders } }
access: { rules: [{ action: allow, from: { principals: [declared] } }] }
---
service: shop
versions: { v1: { worker: shop } }
`,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('gateways without a Worker', () => {
  test('lint has nothing against them, nor against a route whose host a gateway lists', async () => {
    const { code, out } = await selvedgeInProcess(['lint', '--json'], folder);
    expect([JSON.parse(out).issues, code]).toEqual([[], 0]);
  });

  test('init keeps their documents', async () => {
    const { code, out } = await selvedgeInProcess(['init', '--dry-run', '--json'], folder);
    const { write, kept } = JSON.parse(out) as { write: readonly unknown[]; kept: readonly string[] };
    expect([code, write, kept]).toEqual([0, [], ['gate', 'ingress', 'orders', 'partner', 'shop']]);
  });

  test('the graph shows them, where their routes lead, and what a journey through them costs', async () => {
    const { out } = await selvedgeInProcess(['graph', '--json'], folder);
    const { gateways, links, services, invocations } = JSON.parse(out);
    expect(gateways).toEqual([
      { service: 'ingress', hosts: ['*.example.com'], standsFor: [] },
      { service: 'gate', hosts: [], standsFor: [] },
      { service: 'partner', hosts: [], standsFor: ['api.partner.test'] },
    ]);
    expect(links.filter(({ kind }: { kind: string }) => kind === 'route')).toMatchObject([
      { from: 'gate', to: 'orders', meshed: true },
      { from: 'ingress', to: 'gate', meshed: true },
    ]);
    expect(services).toMatchObject({
      gate: { workers: [], callers: ['ingress', 'shop'] },
      orders: { callers: ['gate'] },
      partner: { callers: ['orders', 'shop'] },
    });
    // The Worker and its edge, the edge of the gateway, the callee and its edge.
    expect(invocations.chain).toEqual({ path: ['shop', 'gate', 'orders'], invocations: 5 });
    const text = (await selvedgeInProcess(['graph'], folder)).out;
    expect(text).toMatch(/ingress\s+an edge without a Worker; public by \*\.example\.com\n\s+->\s+gate\s+by a route/);
    expect((await selvedgeInProcess(['graph', '--mermaid'], folder)).out).toContain('{{"gate"}}');
  });
});
