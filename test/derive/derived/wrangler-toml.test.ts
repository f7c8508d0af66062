/** The files that wrangler deploys by hand are what the derivation yields. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoPlan } from '../../../scripts/shop/plan.ts';
import { readWorker } from '../../../src/derive/configs/source-worker.ts';
import { edgeWranglerConfig } from '../../../src/derive/derived/edge-wrangler.ts';
import { userWranglerConfig } from '../../../src/derive/derived/user-wrangler.ts';
import { renderWranglerToml, shippedRefreshSeconds } from '../../../src/derive/derived/wrangler-toml.ts';
import type { MeshPlan } from '../../../src/derive/plan/mesh-plan.ts';
import { meshWorkers } from '../../../src/derive/plan/names.ts';
import { dryRun } from '../../deploy/wrangler-dry-run.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const template = join(root, 'wrangler.toml');

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

describe('the derived config of a user Worker', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'selvedge-user-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is flat and private, binds edges, keeps everything else, and wrangler takes it', async () => {
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
    const read = await readWorker(join(folder, 'wrangler.toml'), 'staging');
    const worker = {
      source: read.source,
      caller: 'shop',
      runtime: true,
      meshBindings: ['SELF'],
      egress: {},
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
      "import { greeting } from './greeting.js';\nexport class Room {}\nexport default { fetch: () => new Response(greeting) };\n",
    );
    await writeFile(join(folder, 'greeting.js'), 'export const greeting = "hello";\n');
    await mkdir(join(folder, 'public'));
    const modules = ['entry.js', 'greeting.js'].map((name) => ({ name, type: 'ESModule' as const }));
    const derived = userWranglerConfig(worker, read, { main: 'entry.js', modules, flags: ['nodejs_als'] });
    expect(derived).toEqual({
      name: 'shop-staging',
      main: 'entry.js',
      base_dir: '.',
      rules: [{ type: 'ESModule', globs: ['entry.js', 'greeting.js'], fallthrough: true }],
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
    const output = await dryRun(join(folder, 'derived.json'), join(folder, 'out'));
    expect(output).toContain('env.SELF (shop-edge-staging#Mesh)');
    expect(await readFile(join(folder, 'out/greeting.js'), 'utf8')).toContain('hello');
    expect(output).not.toContain('WARNING');
  });
});
