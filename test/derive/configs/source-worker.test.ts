/** Which config is read, and in which environment. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle } from '../../../src/derive/code/bundle.ts';
import { missingLocally } from '../../../src/derive/configs/missing-locally.ts';
import { readWorker } from '../../../src/derive/configs/source-worker.ts';
import { workerFacts } from '../../../src/derive/plan/worker-facts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-source-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes files below a folder of the test's own and gives its path. */
async function project(name: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return join(folder, name);
}

describe('a config that a build has redirected', () => {
  const built = { name: 'shop-staging', main: 'index.js', topLevelName: 'shop', targetEnvironment: 'staging' };
  const redirect = { '.wrangler/deploy/config.json': '{ "configPath": "../../out/wrangler.json", } // by a tool' };

  test('is the built one, with its own name, in the environment that it was built for', async () => {
    const root = await project('built', {
      'wrangler.jsonc': '{ "name": "shop", "main": "virtual:entry", "env": { "staging": {} } }',
      'other.json': { name: 'other' },
      'out/wrangler.json': built,
      ...redirect,
    });
    for (const environment of ['staging', undefined]) {
      const { source, config, notes } = await readWorker(join(root, 'wrangler.jsonc'), environment);
      expect(source).toMatchObject({
        name: 'shop-staging',
        worker: 'shop',
        configPath: join(root, 'out/wrangler.json'),
        main: join(root, 'out/index.js'),
      });
      expect(source.environment).toBeUndefined();
      expect(config.userConfigPath).toBe(join(root, 'wrangler.jsonc'));
      expect(notes).toEqual([expect.stringContaining('as its build left it in out/wrangler.json')]);
    }
    // Wrangler finds only its own names by itself, so only those are redirected.
    expect((await readWorker(join(root, 'other.json'), undefined)).source.name).toBe('other');
  });

  test.each([
    {
      name: 'built for another environment',
      out: built,
      environment: 'live',
      says: /built for the environment "staging"/,
    },
    {
      name: 'with environments',
      out: { ...built, env: { a: {} } },
      environment: undefined,
      says: /cannot have environments/,
    },
    {
      name: 'that is not there',
      out: undefined,
      environment: undefined,
      says: /does not exist; run the project's build/,
    },
  ])('is refused: one $name', async ({ name, out, environment, says }) => {
    const root = await project(name, {
      'wrangler.json': { name: 'shop' },
      ...(out ? { 'out/wrangler.json': out } : {}),
      ...redirect,
    });
    await expect(readWorker(join(root, 'wrangler.json'), environment)).rejects.toThrow(says);
  });
});

describe('environments', () => {
  test('a config that has none gets the name that wrangler makes', async () => {
    const root = await project('plain', { 'w.json': { name: 'a' } });
    expect((await readWorker(join(root, 'w.json'), 'staging')).source).toMatchObject({
      name: 'a-staging',
      worker: 'a',
      environment: 'staging',
    });
  });

  test('a config that has others takes part as its top level says, which must not be deployed', async () => {
    const root = await project('others', { 'w.json': { name: 'a', env: { live: {} } } });
    const { source, faults } = await readWorker(join(root, 'w.json'), 'staging');
    expect(source.name).toBe('a');
    expect(source.environment).toBeUndefined();
    expect(faults).toEqual([expect.stringContaining('it has no environment "staging" (it has live)')]);
  });
});

test('a Worker without a name is called after its folder, which must not be deployed', async () => {
  const root = await project('My App', { 'w.toml': 'compatibility_date = "2026-04-21"\n' });
  const { source, faults } = await readWorker(join(root, 'w.toml'), undefined);
  expect(source).toMatchObject({ name: 'my-app', worker: 'my-app' });
  expect(faults).toEqual([expect.stringContaining('it has no "name"')]);
});

test('what exists in an account only is said by name', async () => {
  const root = await project('remote', {
    'w.json': {
      name: 'a',
      ai: { binding: 'AI' },
      queues: { producers: [{ binding: 'Q', queue: 'q', remote: true }] },
      kv_namespaces: [{ binding: 'KV', id: 'x' }],
      containers: [{ class_name: 'Box', image: 'registry.example/box:1' }],
    },
  });
  expect(missingLocally((await readWorker(join(root, 'w.json'), undefined)).config)).toEqual([
    'bindings that exist only in an account are there in name only, and fail when they are used: AI (ai)',
    'bindings marked "remote" are local ones here: Q (queues)',
    'its containers are not started; its Durable Objects run without them',
  ]);
});

test.each([
  { format: 'modules', flags: [], runtime: true, obstacle: undefined },
  { format: 'modules', flags: ['disallow_importable_env'], runtime: false, obstacle: /disallow_importable_env/ },
  { format: 'service-worker', flags: [], runtime: false, obstacle: /service-worker syntax/ },
  { format: 'python', flags: [], runtime: false, obstacle: /Python/ },
  { format: 'none', flags: [], runtime: false, obstacle: undefined },
] as const)('the runtime before $format with $flags: $runtime', ({ format, flags, runtime, obstacle }) => {
  const bundle: Bundle = { folder: '', main: '', format, modules: [], exports: ['default'] };
  const source = { compatibilityFlags: flags } as unknown as Parameters<typeof workerFacts>[0];
  const facts = workerFacts(source, bundle);
  expect(facts.runtime).toBe(runtime);
  if (obstacle === undefined) expect(facts).not.toHaveProperty('obstacle');
  else expect(facts.obstacle).toMatch(obstacle);
});
