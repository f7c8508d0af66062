/** What a derived config takes over: every key that wrangler's schema knows, one by one. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorker } from '../../../src/derive/configs/source-worker.ts';
import { keptConfig, leftOutKeys } from '../../../src/derive/derived/kept-config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-kept-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function kept(config: object, more: object = {}) {
  const path = join(folder, 'wrangler.json');
  await writeFile(path, JSON.stringify({ name: 'a', compatibility_date: '2026-04-21', ...config }));
  const read = await readWorker(path, undefined);
  return keptConfig({ ...read, config: { ...read.config, ...more } });
}

const binding = [{ binding: 'B' }];

/** A value for every key that is kept, as it is written and as it is kept where that differs. */
const values: Readonly<Record<string, { readonly written: unknown; readonly kept?: unknown }>> = {
  account_id: { written: 'abc' },
  ai: { written: { binding: 'AI' } },
  ai_search: { written: [{ binding: 'B', instance_name: 'i' }] },
  ai_search_namespaces: { written: [{ binding: 'B', namespace: 'n' }] },
  analytics_engine_datasets: { written: [{ binding: 'B', dataset: 'd' }] },
  artifacts: { written: [{ binding: 'B', namespace: 'n' }] },
  browser: { written: { binding: 'B' } },
  cloudchamber: { written: { memory: '1GB' } },
  compatibility_date: { written: '2026-01-02' },
  compatibility_flags: { written: ['nodejs_compat'] },
  compliance_region: { written: 'public' },
  containers: {
    written: [{ class_name: 'Box', image: 'registry.example/box:1', name: 'box' }],
    kept: expect.anything(),
  },
  d1_databases: { written: [{ binding: 'B', database_id: 'x' }] },
  dispatch_namespaces: { written: [{ binding: 'B', namespace: 'n' }] },
  durable_objects: { written: { bindings: [{ name: 'B', class_name: 'Box' }] } },
  first_party_worker: { written: true },
  flagship: { written: [{ binding: 'B', app_id: 'a' }] },
  hyperdrive: {
    written: [{ binding: 'B', id: 'x', localConnectionString: 'postgres://u:p@localhost/db' }],
    kept: [{ binding: 'B', id: 'x' }],
  },
  images: { written: { binding: 'B' } },
  keep_vars: { written: true },
  kv_namespaces: { written: [{ binding: 'B', id: 'x', preview_id: 'y' }] },
  limits: { written: { cpu_ms: 10 } },
  logfwdr: { written: { bindings: [{ name: 'B', destination: 'd' }] } },
  logpush: { written: true },
  media: { written: { binding: 'B' } },
  migrations: { written: [{ tag: 'v1', new_sqlite_classes: ['Box'] }] },
  mtls_certificates: { written: [{ binding: 'B', certificate_id: 'c' }] },
  observability: { written: { enabled: true, head_sampling_rate: 0.5 } },
  pipelines: { written: [{ binding: 'B', pipeline: 'p' }] },
  placement: { written: { mode: 'smart' } },
  previews: { written: { vars: { A: 'b' } } },
  queues: {
    written: { producers: [{ binding: 'B', queue: 'q' }], consumers: [{ queue: 'q', max_batch_size: 5 }] },
  },
  r2_buckets: { written: [{ binding: 'B', bucket_name: 'bucket', jurisdiction: 'eu' }] },
  ratelimits: { written: [{ name: 'B', namespace_id: '1', simple: { limit: 1, period: 60 } }] },
  secrets: { written: { required: ['KEY'] } },
  secrets_store_secrets: { written: [{ binding: 'B', store_id: 's', secret_name: 'n' }] },
  send_email: { written: [{ name: 'B', destination_address: 'a@b.example' }] },
  send_metrics: { written: false },
  stream: { written: { binding: 'B' } },
  streaming_tail_consumers: { written: [{ service: 'tail' }] },
  tail_consumers: { written: [{ service: 'tail' }] },
  triggers: { written: { crons: ['0 * * * *'] } },
  unsafe: { written: { bindings: [{ name: 'B', type: 'x' }] } },
  unsafe_hello_world: { written: [{ binding: 'B', enable_timer: true }] },
  upload_source_maps: { written: true },
  vars: { written: { A: 'b', C: { d: [1] } } },
  vectorize: { written: [{ binding: 'B', index_name: 'i' }] },
  version_metadata: { written: { binding: 'B' } },
  vpc_networks: { written: [{ binding: 'B', tunnel_id: 't' }] },
  vpc_services: { written: [{ binding: 'B', service_id: 's' }] },
  worker_loaders: { written: binding },
  workflows: { written: [{ binding: 'B', name: 'w', class_name: 'W', script_name: 's' }] },
};

/** Keys that name files: kept with absolute paths, which the tests below show. */
const withPaths = ['assets', 'site', 'wasm_modules', 'text_blobs', 'data_blobs'];

test('every key of the schema is kept, kept with absolute paths, or left out for a reason', async () => {
  const schemaPath = createRequire(import.meta.url).resolve('wrangler/config-schema.json');
  const { definitions } = JSON.parse(await readFile(schemaPath, 'utf8')) as {
    readonly definitions: { readonly RawConfig: { readonly properties: object } };
  };
  const known = Object.keys(definitions.RawConfig.properties);
  const told = [...Object.keys(values), ...withPaths, ...Object.keys(leftOutKeys)];
  expect(known.filter((key) => !told.includes(key))).toEqual([]);
  expect(new Set(told).size).toBe(told.length);
});

test.each(Object.entries(values).map(([key, value]) => ({ key, ...value })))(
  '$key is kept',
  async ({ key, written, kept: expected }) => {
    expect((await kept({ [key]: written }))[key]).toEqual(expected ?? written);
  },
);

describe('what is more than a copy', () => {
  test('paths are absolute', async () => {
    expect(await kept({ assets: { directory: './public', binding: 'A' } })).toMatchObject({
      assets: { directory: join(folder, 'public'), binding: 'A' },
    });
    expect(await kept({ main: 'i.js', site: { bucket: './site' } })).toMatchObject({
      site: { bucket: join(folder, 'site') },
    });
    expect(
      await kept({ wasm_modules: { M: './m.wasm' }, text_blobs: { T: 't.txt' }, data_blobs: { D: 'd.bin' } }),
    ).toMatchObject({
      wasm_modules: { M: join(folder, 'm.wasm') },
      text_blobs: { T: join(folder, 't.txt') },
      data_blobs: { D: join(folder, 'd.bin') },
    });
  });

  test('an image that is a file is a path; one in a registry is none', async () => {
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch');
    const image = async (image: string) => {
      const [container] = (await kept({ containers: [{ class_name: 'Box', image }] })).containers as {
        image: string;
      }[];
      return container?.image;
    };
    expect(await image('./Dockerfile')).toBe(join(folder, 'Dockerfile'));
    expect(await image('registry.example/box:1')).toBe('registry.example/box:1');
  });

  test('the entry of an old site is the derived one', async () => {
    expect((await kept({ site: { bucket: 'site', 'entry-point': 'workers-site' } })).site).not.toHaveProperty(
      'entry-point',
    );
  });

  test('an empty list of crons or tail consumers is a wish; other empty values are fillings', async () => {
    expect(await kept({ triggers: { crons: [] }, tail_consumers: [], kv_namespaces: [], vars: {} })).toEqual({
      compatibility_date: '2026-04-21',
      triggers: { crons: [] },
      tail_consumers: [],
    });
  });

  test('a var whose value is empty is kept', async () => {
    expect(await kept({ vars: { LIST: [], OBJECT: {} } })).toMatchObject({ vars: { LIST: [], OBJECT: {} } });
  });

  test('a key that only a newer wrangler reads is kept where that wrangler has read it', async () => {
    expect(await kept({}, { exports: { Box: {} } })).toMatchObject({ exports: { Box: {} } });
  });
});

describe('a key that wrangler does not know', () => {
  test.each([
    { name: 'at the top', config: { exports: { A: {} } }, environment: undefined, key: 'exports' },
    { name: 'in the environment', config: { env: { s: { exports: {} } } }, environment: 's', key: 'env.s.exports' },
  ])('$name is a fault, with the remedy', async ({ config, environment, key }) => {
    const path = join(folder, 'unknown.json');
    await writeFile(path, JSON.stringify({ name: 'a', ...config }));
    const { faults } = await readWorker(path, environment);
    expect(faults).toEqual([
      `${path}: this wrangler does not know the key "${key}", so it is not carried over; a newer wrangler in its project may know it`,
    ]);
  });

  test('in another environment is none', async () => {
    const path = join(folder, 'other.json');
    await writeFile(path, JSON.stringify({ name: 'a', env: { s: { exports: {} }, t: {} } }));
    expect((await readWorker(path, 't')).faults).toEqual([]);
  });
});
