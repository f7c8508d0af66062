/**
 * The demo shop as `selvedge derive` writes it: plain wrangler takes the configs, and each says what the plan says. Here wrangler
 * takes one config of each kind; in deploy-shop.test.ts it uploads them all.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoPlan, shopConfigs } from '../../scripts/shop/plan.ts';
import { mapLimited } from '../../src/derive/concurrency.ts';
import { edgeWranglerConfig } from '../../src/derive/derived/edge-wrangler.ts';
import { shippedRefreshSeconds } from '../../src/derive/derived/wrangler-toml.ts';
import type { MeshPlan } from '../../src/derive/plan/mesh-plan.ts';
import { selvedge } from '../cli/spawn.ts';
import { bindingNames, dryRun, wrangler } from './wrangler-dry-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const registryId = '0123456789abcdef0123456789abcdef';

const order = [
  ['selvedge-telemetry', 'selvedge-identity'],
  ['inventory-edge', 'orders-edge', 'payment-edge', 'shipping-edge', 'storefront-edge'],
  // Inventory, both payments and shipping are called by orders, orders by storefront.
  ['inventory', 'payment', 'payment-v2', 'shipping', 'orders', 'storefront'],
  ['selvedge-control'],
].flat();

/** Telemetry and control, an edge with two upstreams, a Worker with a Durable Object and one that others call and that calls others. */
const programRuns = ['selvedge-telemetry', 'payment-edge', 'inventory', 'orders', 'selvedge-control'];

interface Derived {
  readonly services?: readonly Record<string, unknown>[];
  readonly durable_objects?: { readonly bindings: readonly { readonly name: string }[] };
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id: string }[];
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly rules: readonly { readonly globs: readonly string[] }[];
}

let folder: string;
let out: string;
let plan: MeshPlan;
let answer: {
  readonly workers: readonly { readonly name: string }[];
  readonly steps: readonly { readonly command: string }[];
  readonly notes: readonly string[];
};
const outputs = new Map<string, string>();

const configOf = async (name: string): Promise<Derived> =>
  JSON.parse(await readFile(join(out, name, 'wrangler.json'), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-derived-'));
  out = join(folder, 'mesh');
  plan = await demoPlan();
  const args = ['derive', '-f', 'config', '--out', out, '--registry-id', registryId, '--json', ...shopConfigs];
  const ended = await selvedge(args, root);
  if (ended.code !== 0) throw new Error(ended.out + ended.err);
  answer = JSON.parse(ended.out);
  await mapLimited(programRuns, 2, async (name) => {
    const config = join(out, name, 'wrangler.json');
    outputs.set(name, await dryRun(config, join(folder, 'dry-run', name)).catch(String));
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every Worker of the mesh has its folder, and its place in the order', async () => {
  expect(answer.workers.map(({ name }) => name)).toEqual(order);
  expect((await readdir(out)).sort()).toEqual([...order, 'deployment.json', 'documents.json'].sort());
  expect(answer.notes).toEqual([expect.stringContaining('control has no public address')]);
});

describe.each(programRuns)('%s', (name) => {
  test('wrangler deploy --dry-run takes it, with its bindings and every module, without a warning', async () => {
    const output = outputs.get(name) ?? '';
    expect(output).toContain('--dry-run: exiting now.');
    expect(output).not.toMatch(/WARNING|ERROR/);
    const config = await configOf(name);
    const bindings = [
      ...(config.services ?? []).map(({ binding }) => String(binding)),
      ...(config.durable_objects?.bindings ?? []).map((binding) => binding.name),
      ...(config.kv_namespaces ?? []).map(({ binding }) => binding),
      ...Object.keys(config.vars ?? {}),
    ];
    expect(bindingNames(output)).toEqual(bindings.sort());
    for (const module of config.rules.flatMap(({ globs }) => globs))
      expect(await readdir(join(folder, 'dry-run', name))).toContain(module);
  });
});

describe.each(order)('%s', (name) => {
  test('it is on no public address', async () => {
    const config = await configOf(name);
    expect(config).toMatchObject({ name, workers_dev: false, preview_urls: false });
    expect(config).not.toHaveProperty('routes');
  });
});

test('edges have the bindings, vars and props of the plan, and the real namespace', async () => {
  for (const edge of plan.edges)
    expect(await configOf(edge.name)).toMatchObject({
      compatibility_date: '2026-04-21',
      ...edgeWranglerConfig({ ...plan, registryId }, edge, shippedRefreshSeconds),
    });
});

test('the entry of an edge bakes in its own document and that of the mesh', async () => {
  const entry = await readFile(join(folder, 'dry-run/payment-edge/selvedge-entry.js'), 'utf8');
  expect(entry).toContain('"service/payment":');
  expect(entry).toContain('"mesh":');
  expect(entry).not.toContain('"service/orders":');
});

test("users' Workers bind edges with the props of the plan, and their code begins with the runtime", async () => {
  for (const worker of plan.workers) {
    const { services } = await configOf(worker.source.name);
    expect(services).toEqual(worker.services.map(({ target, ...binding }) => ({ ...binding, service: target })));
    const entry = await readFile(join(out, worker.source.name, 'selvedge-entry.js'), 'utf8');
    expect(entry).toContain("from './selvedge-config.js'");
  }
  expect(await configOf('inventory')).toMatchObject({
    durable_objects: { bindings: [{ name: 'STOCK', class_name: 'Stock' }] },
    migrations: [{ new_sqlite_classes: ['Stock'] }],
  });
});

test('control knows the topology of the plan', async () => {
  expect(await configOf('selvedge-control')).toMatchObject({
    vars: { TOPOLOGY: plan.topology },
    kv_namespaces: [{ binding: 'REGISTRY', id: registryId }],
  });
});

test('the steps deploy every Worker once, documents before the first caller, secrets after their Worker', () => {
  const words = answer.steps.map(({ command }) => command.replaceAll(`${out}/`, '').replace('npx wrangler ', ''));
  const deploy = (name: string) => `deploy --config ${name}/wrangler.json`;
  const secret = (name: string, what = 'TOKEN') => `secret put ${what} --config ${name}/wrangler.json`;
  expect(words).toEqual([
    ...order.slice(0, 2).map(deploy),
    secret('selvedge-identity', 'ENCRYPTION_KEY'),
    secret('selvedge-identity'),
    ...order.slice(2, 7).map(deploy),
    `kv bulk put documents.json --namespace-id ${registryId} --remote`,
    // Payment is strict: its Workers refuse calls past the edge when their callers call the edge.
    ...['inventory', 'shipping', 'orders', 'storefront', 'payment', 'payment-v2', 'selvedge-control'].map(deploy),
    secret('selvedge-control'),
  ]);
});

test('wrangler kv bulk put takes the documents', async () => {
  const where = ['--namespace-id', registryId, '--local', '--persist-to', join(folder, 'state')];
  await wrangler('kv', 'bulk', 'put', join(out, 'documents.json'), ...where);
  const stored = JSON.parse(await wrangler('kv', 'key', 'list', ...where));
  const services = plan.edges.map(({ service }) => `service/${service}`);
  expect(stored.map(({ name }: { readonly name: string }) => name)).toEqual(['mesh', ...services]);
});
