/**
 * Every Worker of this repository can be deployed by plain wrangler, with the bindings that its code asks for, and none is public.
 * Wrangler reads every config here, as a library; as a program it bundles one Worker of each kind, and all of them, derived, in
 * deploy-shop.test.ts.
 */
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { mapLimited } from '../../src/derive/concurrency.ts';
import { readWorker } from '../../src/derive/configs/source-worker.ts';
import { bindingNames, dryRun } from './wrangler-dry-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Deployment {
  /** As wrangler deploys it. */
  readonly name: string;
  readonly config: string;
  readonly environment?: string;
  /** Names of the bindings and vars, in order of the alphabet. */
  readonly bindings: readonly string[];
  /** Whether the config itself must keep the Worker from every public address. */
  readonly mesh: boolean;
}

const edge = (service: string, ...upstreams: readonly string[]): Deployment => ({
  name: `${service}-edge`,
  config: 'wrangler.toml',
  environment: service,
  bindings: ['DECLARED', 'HOSTS', 'IDENTITY', 'REFRESH_SECONDS', 'REGISTRY', 'SERVICES', 'TELEMETRY', 'UPSTREAMS']
    .concat(upstreams)
    .sort(),
  mesh: true,
});
const mesh = (worker: string, ...bindings: readonly string[]): Deployment => ({
  name: `selvedge-${worker}`,
  config: `workers/${worker}/wrangler.toml`,
  bindings,
  mesh: true,
});
const shop = (worker: string, ...bindings: readonly string[]): Deployment => ({
  name: worker,
  config: `workers/demo/${worker}/wrangler.toml`,
  bindings,
  mesh: false,
});

const deployments: readonly Deployment[] = [
  edge('inventory', 'UPSTREAM_0'),
  edge('orders', 'UPSTREAM_0'),
  edge('payment', 'UPSTREAM_0', 'UPSTREAM_1'),
  edge('shipping', 'UPSTREAM_0'),
  edge('storefront', 'UPSTREAM_0'),
  mesh(
    'control',
    'AUDIT_DAYS',
    'AUDIT_ROWS',
    'HOSTS',
    'REFRESH_SECONDS',
    'REGISTRY',
    'TELEMETRY',
    'TOPOLOGY',
    'WARDEN',
  ),
  mesh('identity', 'KEY_AUTHORITY', 'SCHEDULE', 'TRUST_DOMAIN'),
  mesh('telemetry', 'ISOLATE_HOURS', 'MAX_CALLS', 'RETENTION_HOURS', 'TELEMETRY'),
  shop('inventory', 'STOCK'),
  shop('orders', 'INVENTORY', 'PAYMENT', 'SHIPPING'),
  shop('payment'),
  shop('payment-v2'),
  shop('shipping'),
  shop('storefront', 'INVENTORY', 'ORDERS'),
];

/** One edge with two upstreams, the mesh's own three, a Worker with a Durable Object and one with services. */
const programRuns = deployments.filter(({ name, mesh }) =>
  name.endsWith('-edge') ? name === 'payment-edge' : mesh || ['inventory', 'orders'].includes(name),
);

/** What wrangler reads of a config, and what it complains of. */
function readAsWrangler(path: string, environment = '') {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    const config = unstable_readConfig({ config: path, env: environment });
    return { config, warnings: warn.mock.calls.join('\n') };
  } finally {
    warn.mockRestore();
  }
}

interface Bound {
  readonly vars: object;
  readonly services?: readonly { readonly binding: string }[];
  readonly kv_namespaces: readonly { readonly binding: string }[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string }[] };
}

/** Names of what a config binds, in order of the alphabet; of the kinds that Workers here have. */
function configuredNames({ vars, services, kv_namespaces, durable_objects }: Bound): string[] {
  return [
    ...Object.keys(vars),
    ...(services ?? []).map(({ binding }) => binding),
    ...kv_namespaces.map(({ binding }) => binding),
    ...durable_objects.bindings.map(({ name }) => name),
  ].sort();
}

let folder: string;
const outputs = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-deploy-'));
  await mapLimited(programRuns, 2, async ({ name, config, environment }) => {
    outputs.set(name, await dryRun(join(root, config), join(folder, name), environment).catch(String));
  });
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every config and every environment has its row', async () => {
  const { env = {} } = parse(await readFile(join(root, 'wrangler.toml'), 'utf8')) as { readonly env?: object };
  const files = (await readdir(join(root, 'workers'), { recursive: true })).filter((path) =>
    /wrangler\.\w+$/.test(path),
  );
  expect(deployments.map(({ config, environment }) => environment ?? config).sort()).toEqual(
    [...Object.keys(env), ...files.map((path) => `workers/${path}`)].sort(),
  );
});

describe.each(deployments)('$name', ({ name, config, environment, bindings, mesh }) => {
  test('wrangler reads it without a warning', () => {
    expect(readAsWrangler(join(root, config), environment).warnings).toBe('');
  });

  test('it gets the bindings that its code asks for', () => {
    expect(configuredNames(readAsWrangler(join(root, config), environment).config)).toEqual(bindings);
  });

  test(mesh ? 'it has its name and no public address' : 'it has its name', async () => {
    const { config: read } = await readWorker(join(root, config), environment);
    expect(read.name).toBe(name);
    if (mesh) expect(read).toMatchObject({ workers_dev: false, preview_urls: false, routes: undefined });
  });
});

describe.each(programRuns)('$name', ({ name, bindings }) => {
  test('wrangler deploy --dry-run takes it without a warning and makes a bundle', async () => {
    const output = outputs.get(name);
    expect(output).toContain('--dry-run: exiting now.');
    expect(output).not.toMatch(/WARNING|ERROR/);
    expect((await stat(join(folder, name, 'index.js'))).size).toBeGreaterThan(0);
  });

  test('the program binds what the library reads', () => {
    expect(bindingNames(outputs.get(name) ?? '')).toEqual(bindings);
  });
});

/**
 * Every cold start of every service pays for its bundle: three quarters of a start is the parser of the runtime, which reads every byte. The
 * budget is what the code of today needs and 100 bytes more, so that whoever adds to the edge sees it: words, parsers of certificates and
 * libraries stay outside.
 */
test('the edge keeps its budget of 68.1 kB gzip', async () => {
  const bundle = await readFile(join(folder, 'payment-edge', 'index.js'));
  expect(gzipSync(bundle).length).toBeLessThanOrEqual(68_100);
});

test('a key that wrangler does not know is seen', async () => {
  const copy = join(folder, 'copy');
  await cp(join(root, 'workers/demo/payment'), copy, { recursive: true });
  const config = join(copy, 'wrangler.toml');
  await writeFile(config, `${await readFile(config, 'utf8')}preview_url = false\n`);
  expect(readAsWrangler(config).warnings).toContain('preview_url');
  expect(await dryRun(config, join(folder, 'copied'))).toMatch(/WARNING/);
});
