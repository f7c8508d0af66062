/** `selvedge derive` on strangers' Workers: an environment, a cycle, public routes; and what it refuses. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapLimited } from '../../src/derive/concurrency.ts';
import { dryRun } from '../deploy/wrangler-dry-run.ts';
import { selvedgeInProcess } from './in-process.ts';
import { type Ended, selvedge } from './spawn.ts';

const environments = fileURLToPath(new URL('../apps/environments', import.meta.url));
const environmentConfigs = ['portal/wrangler.toml', 'users/wrangler.jsonc', 'rates/wrangler.toml'];

/** Two Workers that call each other; one has routes and a text of its own. */
const files: Readonly<Record<string, string>> = {
  'ping/wrangler.toml': `name = "ping"
main = "index.js"
compatibility_date = "2026-10-01"
compatibility_flags = ["a_flag_from_the_future"]
routes = ["ping.example/*", { pattern = "www.ping.example", custom_domain = true }]
rules = [{ type = "Text", globs = ["**/*.md"] }]
services = [{ binding = "PONG", service = "pong", entrypoint = "Door" }, { binding = "FAR", service = "far-away" }]
[triggers]
crons = ["0 3 * * *"]
`,
  'ping/index.js': `import text from './text.md';\nexport default { fetch: (request, env) => env.PONG.say(text), scheduled() {} };\n`,
  'ping/text.md': 'a text\n',
  'pong/wrangler.json': JSON.stringify({
    name: 'pong',
    main: 'index.js',
    compatibility_date: '2026-04-21',
    services: [
      { binding: 'PING', service: 'ping' },
      { binding: 'SELF', service: 'pong' },
    ],
  }),
  'pong/index.js': `import { WorkerEntrypoint } from 'cloudflare:workers';
export class Door extends WorkerEntrypoint { say(text) { return new Response(text); } }
export default { fetch: () => new Response('pong') };
`,
  'bad/payment.yaml': 'service: payment\nversions: many\n',
  'broken/wrangler.toml': 'name = "broken"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n',
  'later/wrangler.toml':
    'name = "later"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n[observability]\nenabled = true\nfoo = 1\n',
  'later/index.js': 'export default { fetch: () => new Response("later") };\n',
  'broken/index.js': 'import { nothing } from "./nowhere.js";\nexport default nothing;\n',
  'taken/wrangler.toml': 'name = "ping-edge"\nmain = "../pong/index.js"\ncompatibility_date = "2026-04-21"\n',
  'mine/notes.txt': 'not ours\n',
};

interface Answer {
  readonly workers: readonly { readonly name: string; readonly role: string; readonly service?: string }[];
  readonly steps: readonly { readonly command: string; readonly note?: string }[];
  readonly notes: readonly string[];
}

let folder: string;
const asJson = (ended: Ended): Answer => JSON.parse(ended.out);
const at = (...names: readonly string[]) => join(folder, ...names);
const configAt = async (...names: readonly string[]) =>
  JSON.parse(await readFile(at(...names, 'wrangler.json'), 'utf8'));

const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** The digest of every file below a folder, by path. */
async function digestsOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const pairs = paths.sort().map(async (path) => [path.slice(root.length), digest(await readFile(path))] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

async function dryRuns(root: string, names: readonly string[]): Promise<void> {
  const outputs = await mapLimited(names, 2, (name) =>
    dryRun(join(root, name, 'wrangler.json'), at('dry-run', name)).catch(String),
  );
  for (const output of outputs) {
    expect(output).toContain('--dry-run: exiting now.');
    expect(output).not.toMatch(/WARNING|ERROR/);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-derive-test-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(at(path, '..'), { recursive: true });
    await writeFile(at(path), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an environment', () => {
  let answer: Answer;
  beforeAll(async () => {
    const args = ['derive', '--env', 'staging', '--out', at('staging'), '--json', ...environmentConfigs];
    const ended = await selvedge([...args, '--control-host', 'mesh.shop.example'], environments);
    expect(ended).toMatchObject({ code: 0, err: '' });
    answer = asJson(ended);
  });

  test('is a mesh of its own: every name has its suffix, callees stand before callers', () => {
    expect(answer.workers.map(({ name, role, service }) => [name, role, service ?? ''])).toEqual([
      ['selvedge-telemetry-staging', 'telemetry', ''],
      ['selvedge-identity-staging', 'identity', ''],
      ['portal-edge-staging', 'edge', 'portal'],
      ['rates-edge-staging', 'edge', 'rates'],
      ['users-edge-staging', 'edge', 'users'],
      ['rates-staging', 'user', 'rates'],
      ['users-staging', 'user', 'users'],
      ['portal-staging', 'user', 'portal'],
      ['selvedge-control-staging', 'control', ''],
    ]);
    expect(answer.steps[0]?.command).toBe('npx wrangler kv namespace create selvedge-registry-staging');
    expect(answer.steps[0]?.note).toContain('--registry-id');
  });

  test('wrangler takes the config of an edge, of a Worker, and of control with its host', () =>
    dryRuns(at('staging'), ['portal-edge-staging', 'portal-staging', 'selvedge-control-staging']));

  test('bindings stay within it', async () => {
    expect(await configAt('staging/portal-staging')).toMatchObject({
      compatibility_date: '2026-02-01',
      vars: { STAGE: 'staging' },
      services: [
        { binding: 'USERS', service: 'users-edge-staging', props: { caller: 'portal', service: 'users' } },
        { binding: 'RATES', service: 'rates-edge-staging', props: { caller: 'portal', service: 'rates' } },
      ],
    });
    const telemetry = { name: 'TELEMETRY', script_name: 'selvedge-telemetry-staging' };
    expect(await configAt('staging/users-edge-staging')).toMatchObject({
      services: [
        { binding: 'UPSTREAM_0', service: 'users-staging' },
        {
          binding: 'IDENTITY',
          service: 'selvedge-identity-staging',
          props: { service: 'users', trustDomain: 'staging.mesh.local' },
        },
      ],
      vars: { DECLARED: { users: ['portal'] } },
      kv_namespaces: [{ binding: 'REGISTRY', id: 'REGISTRY_ID' }],
      durable_objects: { bindings: [telemetry] },
    });
    expect(await configAt('staging/selvedge-control-staging')).toMatchObject({
      workers_dev: false,
      durable_objects: { bindings: [{ name: 'WARDEN' }, telemetry] },
      routes: [{ pattern: 'mesh.shop.example', custom_domain: true }],
      vars: { HOSTS: ['mesh.shop.example'], TOPOLOGY: { services: { rates: { callers: ['portal', 'users'] } } } },
    });
  });

  test('a service without a document gets an open one, and is named', async () => {
    const documents = JSON.parse(await readFile(at('staging/documents.json'), 'utf8'));
    expect(documents.map(({ key }: { readonly key: string }) => key)).toEqual([
      'mesh',
      'service/portal',
      'service/rates',
      'service/users',
    ]);
    expect(answer.notes.filter((note) => note.includes('nobody wrote a document'))).toHaveLength(3);
  });

  test('a second run, from another folder and over an earlier one, gives the same bytes', async () => {
    await cp(at('staging'), at('other/mesh'), { recursive: true });
    await writeFile(at('other/mesh/portal-staging/index.js'), 'stale');
    await writeFile(at('other/mesh/portal-staging/gone.js'), 'stale');
    const configs = environmentConfigs.map((path) => join(environments, path));
    const facts = ['--env', 'staging', '--control-host', 'mesh.shop.example'];
    const { code, out } = await selvedge(['derive', '--out', 'other/mesh', ...facts, ...configs], folder);
    expect(code).toBe(0);
    expect(out).toContain('npx wrangler deploy --config other/mesh/rates-staging/wrangler.json');
    expect(await digestsOf(at('other/mesh'))).toEqual(await digestsOf(at('staging')));
  });
});

describe('a cycle with public routes', () => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await selvedge(['derive', '--out', 'my mesh', 'ping/wrangler.toml', 'pong/wrangler.json'], folder);
  });

  test('is derived, with a note for all that a person should know', async () => {
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain("npx wrangler deploy --config 'my mesh/ping/wrangler.json'");
    expect(ended.out).toMatch(/^note ping, pong call each other/m);
    expect(ended.out).toMatch(/^note ping: its public routes \(ping\.example\/\*, www\.ping\.example\) stay with it/m);
    expect(ended.out).toMatch(/^note ping: binding FAR names far-away, which is not in the mesh/m);
  });

  test('date, flags, triggers and modules are as the user has them; routes are not repeated', async () => {
    const ping = await configAt('my mesh/ping');
    expect(ping).toMatchObject({
      compatibility_date: '2026-10-01',
      // At this date nodejs_compat is in force by default, and AsyncLocalStorage with it.
      compatibility_flags: ['a_flag_from_the_future'],
      triggers: { crons: ['0 3 * * *'] },
      services: [
        { binding: 'PONG', service: 'pong-edge', entrypoint: 'Mesh', props: { caller: 'ping', service: 'pong' } },
        { binding: 'FAR', service: 'far-away' },
      ],
    });
    expect(ping).not.toHaveProperty('routes');
    expect(await configAt('my mesh/pong-edge')).toMatchObject({
      services: [
        { binding: 'UPSTREAM_0', service: 'pong' },
        { binding: 'UPSTREAM_1', service: 'pong', entrypoint: 'Door' },
        { binding: 'IDENTITY' },
      ],
    });
  });

  test('wrangler uploads the text with the code', async () => {
    await dryRuns(at('my mesh'), ['ping']);
    const uploaded = await readdir(at('dry-run/ping'));
    expect(uploaded).toEqual(expect.arrayContaining(['index.js', 'selvedge-entry.js', 'selvedge-runtime.js']));
    expect(uploaded.filter((name) => name.endsWith('-text.md'))).toHaveLength(1);
  });
});

describe('what it refuses', () => {
  test.each([
    { name: 'a config that is not there', args: ['--out', 'x', 'nowhere.toml'], code: 2, says: '"nowhere.toml"' },
    { name: 'no folder', args: ['ping/wrangler.toml'], code: 2, says: '--out' },
    { name: "people's files", args: ['--out', 'mine', 'ping/wrangler.toml'], code: 2, says: 'notes.txt' },
    {
      name: 'an id of no namespace',
      args: ['--out', 'x', '--registry-id', 'abc', 'ping/wrangler.toml'],
      code: 2,
      says: '32',
    },
    {
      name: 'a host of no domain',
      args: ['--out', 'x', '--control-host', 'a b', 'ping/wrangler.toml'],
      code: 2,
      says: '"a b"',
    },
    {
      name: 'malformed documents',
      args: ['--out', 'x', '-f', 'bad', 'ping/wrangler.toml'],
      code: 1,
      says: 'payment.yaml:2:11',
    },
    {
      name: 'a key inside a section that wrangler does not know',
      args: ['--out', 'x', 'later/wrangler.toml'],
      code: 1,
      says: 'does not know these keys of observability: "foo"',
    },
    {
      name: 'code that wrangler cannot bundle',
      args: ['--out', 'x', 'broken/wrangler.toml'],
      code: 1,
      says: 'nowhere.js',
    },
    {
      name: 'a Worker that has the name of an edge',
      args: ['--out', 'x', 'ping/wrangler.toml', 'taken/wrangler.toml'],
      code: 1,
      says: 'ping-edge is taken',
    },
  ])('$name', async ({ args, code, says }) => {
    const ended = await selvedgeInProcess(['derive', '--json', ...args], folder);
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.out).error.message).toContain(says);
    expect(await readdir(folder)).not.toContain('x');
    expect(await readdir(at('mine'))).toEqual(['notes.txt']);
  });
});
