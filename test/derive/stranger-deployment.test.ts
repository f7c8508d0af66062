/** Strangers' Workers as a deployment derives them for a deployment: plain wrangler takes each, and nothing that they had is lost. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, deriveDeployment } from '../../src/cli/derive/derive-deployment.ts';
import { writeDeployment } from '../../src/cli/derive/write-deployment.ts';
import { shippedSources } from '../../src/cli/dev/mesh/mesh-sources.ts';
import { mapLimited } from '../../src/derive/concurrency.ts';
import { bindingNames, dryRun } from '../deploy/wrangler-dry-run.ts';
import { appsFolder } from '../mesh/apps/stranger-apps.ts';

const registryId = '0123456789abcdef0123456789abcdef';
const configs = [
  'zoo/front/wrangler.jsonc',
  'zoo/keeper/wrangler.toml',
  'modules/pack/wrangler.json',
  'modules/site/wrangler.toml',
  'vite/shop/wrangler.jsonc',
  'service-worker/legacy/wrangler.toml',
  'future-date/now/wrangler.toml',
].map((config) => join(appsFolder, config));

let folder: string;
let deployment: Deployment;
const outputs = new Map<string, string>();

const derive = (paths: readonly string[], environment?: string) =>
  deriveDeployment(
    {
      configs: paths,
      environment,
      sources: shippedSources,
      buildFolder: join(folder, 'build'),
      signal: new AbortController().signal,
    },
    { registryId },
  );
const configOf = async (worker: string) =>
  JSON.parse(await readFile(join(folder, 'mesh', worker, 'wrangler.json'), 'utf8')) as Record<string, unknown>;
const dryRunOf = (worker: string, file: string) => readFile(join(folder, 'dry-run', worker, file), 'utf8');

const workers = ['zoo', 'keeper', 'pack', 'old-site', 'vite-shop', 'legacy', 'now'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-strangers-'));
  deployment = await derive(configs);
  await writeDeployment(join(folder, 'mesh'), deployment, registryId);
  await mapLimited(workers, 2, async (name) => {
    const config = join(folder, 'mesh', name, 'wrangler.json');
    outputs.set(name, await dryRun(config, join(folder, 'dry-run', name)).catch(String));
  });
  // Seven Workers, each with two wranglers of its own.
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(workers)('wrangler deploy --dry-run takes %s without a warning', (name) => {
  expect(outputs.get(name)).toContain('--dry-run: exiting now.');
  expect(outputs.get(name)).not.toMatch(/WARNING|ERROR/);
});

test('no binding is lost', () => {
  const names =
    'AI BROWSER BUCKET CERT COUNT FEEDING IMAGES KEEPER LIMIT LOADER MAIL NIGHT OPEN PIPE SIZES SQL STORED TENANTS';
  expect(bindingNames(outputs.get('zoo') ?? '')).toEqual([...names.split(' '), 'VECTORS', 'VERSION', 'VISITS', 'WORD']);
  expect(bindingNames(outputs.get('keeper') ?? '')).toEqual(['CAGE', 'FOOD', 'OWN_FEEDING']);
});

test('modules keep their names and contents', async () => {
  const from = join(appsFolder, 'modules/pack/src');
  for (const name of ['pages/home (old) [1].html', 'note.md', 'plugins/times.js'])
    expect(await dryRunOf('pack', name)).toContain((await readFile(join(from, name), 'utf8')).trim());
  expect(outputs.get('pack')).toMatch(/add\.wasm\s+│ compiled-wasm/);
});

test('source maps are uploaded where the config says so, and name sources as wrangler does', async () => {
  expect(await configOf('pack')).toMatchObject({ upload_source_maps: true });
  const map = JSON.parse(await readFile(join(folder, 'mesh/pack/index.js.map'), 'utf8'));
  expect(map.sources).toContain('src/index.ts');
  expect(map.sourcesContent.join('\n')).toContain('on purpose');
  expect(await configOf('zoo')).not.toHaveProperty('upload_source_maps');
});

test('what a build left is deployed as it is, with its assets', async () => {
  expect(await configOf('vite-shop')).toMatchObject({
    name: 'vite-shop',
    assets: { binding: 'ASSETS', directory: join(appsFolder, 'vite/shop/dist/client') },
  });
  expect(await dryRunOf('vite-shop', 'assets/render-B1x9.js')).toContain('render');
});

test('a service-worker script is deployed as it is, bound to edges, and that is said', async () => {
  expect(deployment.notes.join('\n')).toContain(
    'legacy: no in-Worker runtime (its script has the service-worker syntax, which has no exports)',
  );
  expect(await configOf('legacy')).toMatchObject({ compatibility_date: '2022-11-01', compatibility_flags: [] });
});

test('dates and flags are those that the author wrote', async () => {
  expect(await configOf('now')).toMatchObject({
    compatibility_date: '2026-10-01',
    compatibility_flags: expect.arrayContaining(['a_flag_from_the_future']),
  });
});

describe('refused, since it would be lost or would go elsewhere', () => {
  test.each([
    {
      name: 'a key that wrangler does not know',
      config: { name: 'a', exports: {} },
      says: 'does not know the key "exports"',
    },
    {
      name: 'a Worker without the environment',
      config: { name: 'a', env: { other: {} } },
      says: 'has no environment "staging"',
    },
    { name: 'a Worker without a name', config: {}, says: 'has no "name"' },
    { name: 'a Pages project', config: { name: 'a', pages_build_output_dir: 'dist' }, says: 'is a Pages project' },
    {
      name: 'one that was built for another environment',
      config: { name: 'a', targetEnvironment: 'live' },
      says: 'was built for the environment "live"',
    },
  ])('$name', async ({ config, says }) => {
    const path = join(folder, 'refused.json');
    await writeFile(path, JSON.stringify({ compatibility_date: '2026-04-21', assets: { directory: '.' }, ...config }));
    await expect(derive([path], 'staging')).rejects.toThrow(says);
  });
});
