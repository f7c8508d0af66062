/** The files that wrangler deploys by hand are what the derivation yields. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoPlan, shopConfigs } from '../../scripts/shop/plan.ts';
import { edgeWranglerConfig } from '../../src/derive/edge-wrangler.ts';
import { meshWorkers } from '../../src/derive/names.ts';
import type { MeshPlan } from '../../src/derive/plan.ts';
import { readWorker } from '../../src/derive/source-worker.ts';
import { userWranglerConfig } from '../../src/derive/user-wrangler.ts';
import { renderWranglerToml, shippedRefreshSeconds } from '../../src/derive/wrangler-toml.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const template = join(root, 'wrangler.toml');

async function dryRun(config: string, environment = ''): Promise<string> {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const outdir = await mkdtemp(join(tmpdir(), 'selvedge-dry-run-'));
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', outdir, '--config', config, '--env', environment];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  await rm(outdir, { recursive: true, force: true });
  return stdout + stderr;
}

let plan: MeshPlan;
beforeAll(async () => {
  plan = await demoPlan();
});

describe('the root wrangler.toml', () => {
  test('is what the derivation renders (npx tsx scripts/derive-demo.ts writes it)', async () => {
    const text = await readFile(template, 'utf8');
    expect(text).toBe(renderWranglerToml(text, plan));
  });

  test('means, as wrangler reads it, what deployment derives for each edge', async () => {
    for (const edge of plan.edges) {
      const { config } = await readWorker(template, edge.service);
      expect(config).toMatchObject(edgeWranglerConfig(plan, edge, shippedRefreshSeconds));
    }
  });

  test('makes no edge public by itself', async () => {
    for (const environment of [undefined, ...plan.edges.map(({ service }) => service)]) {
      const { config } = await readWorker(template, environment);
      expect(config).toMatchObject({ workers_dev: false, preview_urls: false });
      expect(config).not.toHaveProperty('routes', expect.anything());
    }
  });

  test('keeps every var below the 5 kB that the platform allows', () => {
    for (const edge of plan.edges) {
      for (const value of Object.values(edgeWranglerConfig(plan, edge, shippedRefreshSeconds).vars)) {
        expect(JSON.stringify(value).length).toBeLessThan(5000);
      }
    }
  });
});

test('the mesh Workers have the names that edges bind', async () => {
  for (const worker of ['control', 'identity', 'telemetry'] as const) {
    const { source, config } = await readWorker(join(root, `workers/${worker}/wrangler.toml`), undefined);
    expect(source.name).toBe(meshWorkers[worker]);
    expect(config).toMatchObject({ workers_dev: false, preview_urls: false });
    for (const binding of config.durable_objects.bindings) {
      expect([undefined, ...Object.values(meshWorkers)]).toContain(binding.script_name);
    }
  }
});

test.each([
  { name: 'an edge', config: template, environment: 'payment', says: 'env.UPSTREAM_1 (payment-v2)' },
  { name: 'control', config: join(root, 'workers/control/wrangler.toml'), says: 'env.REGISTRY' },
  { name: 'identity', config: join(root, 'workers/identity/wrangler.toml'), says: 'env.KEY_AUTHORITY' },
  { name: 'telemetry', config: join(root, 'workers/telemetry/wrangler.toml'), says: 'env.TELEMETRY' },
  ...shopConfigs.map((config) => ({ name: config.slice(root.length), config, says: 'Total Upload' })),
])(
  'wrangler deploy --dry-run takes $name',
  async ({ config, environment, says }: { config: string; environment?: string; says: string }) => {
    const output = await dryRun(config, environment);
    expect(output).toContain(says);
    expect(output).not.toContain('WARNING');
  },
);

describe('the derived config of a user Worker', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'selvedge-user-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is flat, absolute and private, binds edges, keeps everything else, and wrangler takes it', async () => {
    await writeFile(
      join(folder, 'wrangler.toml'),
      `name = "shop"
main = "src/index.ts"
compatibility_date = "2026-04-21"
routes = ["shop.example/*"]
tsconfig = "tsconfig.json"
[vars]
TOP = "only"
[assets]
directory = "public"
binding = "ASSETS"
[env.staging]
workers_dev = true
vars = { GREETING = "hello" }
kv_namespaces = [{ binding = "KV", id = "abc" }]
services = [{ binding = "SELF", service = "shop-staging" }]
triggers = { crons = ["0 * * * *"] }
durable_objects = { bindings = [{ name = "ROOM", class_name = "Room" }] }
migrations = [{ tag = "v1", new_sqlite_classes = ["Room"] }]
`,
    );
    const { source, config } = await readWorker(join(folder, 'wrangler.toml'), 'staging');
    const worker = {
      source,
      caller: 'shop',
      runtime: true,
      meshBindings: ['SELF'],
      services: [
        {
          binding: 'SELF',
          target: 'shop-edge-staging',
          entrypoint: 'Mesh',
          props: { caller: 'shop', service: 'shop', upstream: 'default' },
        },
      ],
    };
    await writeFile(
      join(folder, 'entry.js'),
      'export class Room {}\nexport default { fetch: () => new Response() };\n',
    );
    await promisify(execFile)('mkdir', ['-p', join(folder, 'public')]);
    const derived = userWranglerConfig(worker, config, { main: join(folder, 'entry.js'), flags: ['nodejs_als'] });
    expect(derived).toEqual({
      name: 'shop-staging',
      main: join(folder, 'entry.js'),
      no_bundle: true,
      find_additional_modules: true,
      compatibility_date: '2026-04-21',
      compatibility_flags: ['nodejs_als'],
      workers_dev: false,
      preview_urls: false,
      vars: { GREETING: 'hello' },
      assets: { directory: join(folder, 'public'), binding: 'ASSETS' },
      kv_namespaces: [{ binding: 'KV', id: 'abc' }],
      triggers: { crons: ['0 * * * *'] },
      durable_objects: { bindings: [{ name: 'ROOM', class_name: 'Room' }] },
      migrations: [{ tag: 'v1', new_sqlite_classes: ['Room'] }],
      services: [
        {
          binding: 'SELF',
          service: 'shop-edge-staging',
          entrypoint: 'Mesh',
          props: { caller: 'shop', service: 'shop', upstream: 'default' },
        },
      ],
    });
    await writeFile(join(folder, 'derived.json'), JSON.stringify(derived));
    const output = await dryRun(join(folder, 'derived.json'));
    expect(output).toContain('env.SELF (shop-edge-staging#Mesh)');
    expect(output).not.toContain('WARNING');
  });
});
