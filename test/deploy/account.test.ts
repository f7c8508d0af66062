/** The real wrangler deploys to the account of the tests, and what it deployed runs: what other tests of deployment stand on. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, startAccount } from './account/account.ts';
import { rest } from './account/rest.ts';
import { type RunningAccount, runAccount } from './account/run-account.ts';
import { type WranglerRun, wrangler } from './account/wrangler.ts';

const callee = `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject {
  async add() {
    const n = ((await this.ctx.storage.get('n')) ?? 0) + 1;
    await this.ctx.storage.put('n', n);
    return n;
  }
}
export class Admin extends WorkerEntrypoint {
  who() { return this.ctx.props; }
}
export default {
  async fetch(request, env) {
    const count = await env.COUNTER.get(env.COUNTER.idFromName('one')).add();
    return Response.json({ count, secret: env.SECRET ?? null });
  },
};`;

const caller = `
import text from './words.txt';
import { double } from './double.js';
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/api/out') return fetch('https://docs.example.com/page');
    if (pathname === '/api/away') return fetch('https://example.net/');
    await env.REGISTRY.put('seen', pathname);
    return Response.json({
      url: request.url,
      host: request.headers.get('host'),
      cf: request.cf.country,
      who: await env.ADMIN.who(),
      callee: await (await env.CALLEE.fetch(request)).json(),
      value: await env.REGISTRY.get('greeting'),
      text,
      double: double(21),
      mode: env.MODE,
    });
  },
  async scheduled(controller, env) { await env.REGISTRY.put('cron', controller.cron); },
};`;

const thief = `export default { fetch: () => new Response('thief') };`;

let account: Account;
let running: RunningAccount;
let folder: string;
let registry: string;

const configs = (): Record<string, object> => ({
  callee: {
    name: 'callee',
    main: 'callee.js',
    compatibility_date: '2026-05-01',
    workers_dev: false,
    durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
  },
  caller: {
    name: 'caller',
    main: 'caller.js',
    compatibility_date: '2026-10-01',
    compatibility_flags: ['nodejs_compat'],
    vars: { MODE: { strict: true } },
    upload_source_maps: true,
    observability: { enabled: true },
    placement: { mode: 'smart' },
    assets: { directory: 'public' },
    kv_namespaces: [{ binding: 'REGISTRY', id: registry }],
    triggers: { crons: ['*/5 * * * *'] },
    routes: ['example.com/api/*', { pattern: 'docs.example.com', custom_domain: true }],
    services: [
      { binding: 'CALLEE', service: 'callee' },
      { binding: 'ADMIN', service: 'callee', entrypoint: 'Admin', props: { caller: 'caller', n: [1] } },
    ],
  },
  'thief-of-routes': {
    name: 'thief',
    main: 'thief.js',
    compatibility_date: '2026-05-01',
    routes: ['example.com/api/*'],
  },
  'thief-of-domains': {
    name: 'thief',
    main: 'thief.js',
    compatibility_date: '2026-05-01',
    routes: [{ pattern: 'docs.example.com', custom_domain: true }],
  },
});

const run = (args: readonly string[], input?: string) => wrangler(account, folder, args, input);
const deploy = (config: string): Promise<WranglerRun> => run(['deploy', '--config', `${config}.json`]);
const meanings = () => account.changes.map(({ meaning }) => meaning);
const json = async (url: string) =>
  (await (await running.fetch(url)).json()) as { callee: { count: number }; value: string };

/** As a client does that has nothing but an address and a Host header. */
function askRaw(host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(running.url + path, { headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

beforeAll(async () => {
  account = await startAccount({ kv: { registry: { greeting: 'hello' } } });
  registry = Object.keys(account.state.kv)[0] ?? '';
  folder = await mkdtemp(join(tmpdir(), 'selvedge-account-app-'));
  const files = {
    'callee.js': callee,
    'caller.js': caller,
    'thief.js': thief,
    'words.txt': 'words',
    'double.js': 'export const double = (n) => 2 * n;',
    'public/page.html': '<h1>page</h1>',
    'public/deep/file.txt': 'a file',
    ...Object.fromEntries(Object.entries(configs()).map(([name, config]) => [`${name}.json`, JSON.stringify(config)])),
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});

afterAll(async () => {
  await running?.stop();
  await account?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a deployment', () => {
  test('of a caller before its callee is refused, and nothing is there', async () => {
    const { code, output } = await deploy('caller');
    expect(code).toBe(1);
    expect(output).toContain("Target script 'callee' not found");
    expect(account.state.scripts).toEqual({});
  });

  test('of a callee is what its config says', async () => {
    account.forgetRequests();
    expect((await deploy('callee')).code).toBe(0);
    expect(meanings()).toEqual(['upload callee', 'disable workers.dev of callee']);
    const { metadata, modules, migrationTag, classes, subdomain } = account.state.scripts.callee!;
    expect(metadata.bindings).toEqual([{ name: 'COUNTER', type: 'durable_object_namespace', class_name: 'Counter' }]);
    expect(metadata.migrations).toEqual({ new_tag: 'v1', steps: [{ new_sqlite_classes: ['Counter'] }] });
    expect(migrationTag).toBe('v1');
    expect(classes.Counter).toMatchObject({ sqlite: true });
    expect(modules.map(({ name, type }) => [name, type])).toEqual([['callee.js', 'application/javascript+module']]);
    expect(subdomain).toEqual({ enabled: false, previews_enabled: false });
  });

  test('that fails half way is completed by the next run', async () => {
    account.failNext(({ meaning }) => meaning.startsWith('domain '), { status: 403 });
    const { code, output } = await deploy('caller');
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('[code: 10013]') });
    expect(account.state.scripts.caller?.uploads).toBe(1);
    expect(account.state.domains).toEqual([]);
    account.forgetRequests();
    expect((await deploy('caller')).code).toBe(0);
    expect(meanings()).toEqual([
      'begin assets of caller',
      'upload version of caller',
      'deploy caller',
      'change script settings of caller',
      'disable workers.dev of caller',
      'route example.com/api/* to caller',
      'domain docs.example.com to caller',
      'set schedules of caller',
    ]);
  });

  test('of a caller carries bindings with entrypoints and props, assets, routes, domain, schedule and source maps', () => {
    const { metadata, modules, versions, schedules, assets, observability } = account.state.scripts.caller!;
    expect(metadata).toMatchObject({
      main_module: 'caller.js',
      compatibility_date: '2026-10-01',
      compatibility_flags: ['nodejs_compat'],
      placement: { mode: 'smart' },
      observability: { enabled: true },
    });
    expect(metadata.bindings).toEqual(
      expect.arrayContaining([
        { name: 'MODE', type: 'json', json: { strict: true } },
        { name: 'REGISTRY', type: 'kv_namespace', namespace_id: registry },
        { name: 'CALLEE', type: 'service', service: 'callee' },
        {
          name: 'ADMIN',
          type: 'service',
          service: 'callee',
          entrypoint: 'Admin',
          props: { caller: 'caller', n: [1] },
        },
      ]),
    );
    expect(modules.find(({ type }) => type === 'text/plain')?.contents.toString()).toBe('words');
    expect(versions.at(-1)?.sourceMaps.map(({ name }) => name)).toEqual(['caller.js.map']);
    expect(Object.keys(assets?.manifest ?? {}).sort()).toEqual(['/deep/file.txt', '/page.html']);
    expect(observability).toEqual({ enabled: true });
    expect(schedules).toEqual(['*/5 * * * *']);
    expect(account.state.routes).toMatchObject([{ pattern: 'example.com/api/*', script: 'caller' }]);
    expect(account.state.domains).toMatchObject([{ hostname: 'docs.example.com', service: 'caller' }]);
  });
});

describe('what was deployed', () => {
  test('answers under its route and its domain, with its bindings', async () => {
    running = await runAccount(account);
    expect(running.missing).toEqual([]);
    expect(await json('https://example.com/api/x?y=1')).toEqual({
      url: 'https://example.com/api/x?y=1',
      host: 'example.com',
      cf: 'US',
      who: { caller: 'caller', n: [1] },
      callee: { count: 1, secret: null },
      value: 'hello',
      text: 'words',
      double: 42,
      mode: { strict: true },
    });
    expect(await (await running.fetch('https://docs.example.com/deep/file.txt')).text()).toBe('a file');
    expect((await running.fetch('https://example.com/elsewhere')).status).toBe(522);
  });

  test('is reached by an address and a Host header, and by the global fetch of a Worker, which reaches nothing else', async () => {
    expect(JSON.parse(await askRaw('docs.example.com', '/raw'))).toMatchObject({ url: 'https://docs.example.com/raw' });
    expect(await (await running.fetch('https://example.com/api/out')).text()).toBe('<h1>page</h1>');
    expect((await running.fetch('https://example.com/api/away')).status).toBe(522);
  });

  test('takes up values that the API writes and gives back those that Workers write', async () => {
    await writeFile(join(folder, 'bulk.json'), JSON.stringify([{ key: 'greeting', value: 'good day' }]));
    expect((await run(['kv', 'bulk', 'put', 'bulk.json', '--namespace-id', registry, '--remote'])).code).toBe(0);
    expect(await json('https://example.com/api/again')).toMatchObject({ value: 'good day' });
    expect(await running.scheduled('caller', '*/5 * * * *')).toMatchObject({ outcome: 'ok' });
    await running.pullKv();
    const { entries } = account.state.kv[registry]!;
    expect([entries.get('seen'), entries.get('cron')].map((entry) => entry?.value.toString())).toEqual([
      '/api/again',
      '*/5 * * * *',
    ]);
  });

  test('goes on after a new version: objects, values and secrets stay, and a migration is not repeated', async () => {
    expect((await run(['secret', 'put', 'SECRET', '--name', 'callee'], 'sesame')).code).toBe(0);
    let deployed = false;
    const statuses = new Set<number>();
    const traffic = (async () => {
      while (!deployed) {
        statuses.add((await running.fetch('https://example.com/api/')).status);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    expect((await deploy('callee')).code).toBe(0);
    deployed = true;
    await traffic;
    expect([...statuses]).toEqual([200]);
    const { uploads, versions, secrets, metadata } = account.state.scripts.callee!;
    expect({ uploads, versions: versions.length, secrets }).toEqual({
      uploads: 2,
      versions: 3,
      secrets: { SECRET: 'sesame' },
    });
    expect(metadata.migrations).toBeUndefined();
    const { callee, value } = await json('https://example.com/api/');
    expect(callee).toMatchObject({ secret: 'sesame' });
    expect(callee.count).toBeGreaterThan(1);
    expect(value).toBe('good day');
  });
});

describe('conflicts', () => {
  test('wrangler refuses a route of another Worker, and takes a custom domain over', async () => {
    const { code, output } = await deploy('thief-of-routes');
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('"caller" is already assigned'),
    });
    expect(account.state.routes).toMatchObject([{ script: 'caller' }]);
    expect((await deploy('thief-of-domains')).code).toBe(0);
    expect(account.state.domains).toMatchObject([{ hostname: 'docs.example.com', service: 'thief' }]);
    expect(await (await running.fetch('https://docs.example.com/')).text()).toBe('thief');
  });

  test('a route changes its Worker in one call, which no request misses', async () => {
    const [route] = account.state.routes;
    const path = `/zones/${route?.zoneId}/workers/routes/${route?.id}`;
    const body = { pattern: 'example.com/api/*', script: 'thief' };
    const answers = await Promise.all([
      running.fetch('https://example.com/api/'),
      rest(account, 'PUT', path, body),
      running.fetch('https://example.com/api/'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await (await running.fetch('https://example.com/api/')).text()).toBe('thief');
  });
});

test('a deleted Worker is gone with its routes, and those who bind it get errors', async () => {
  const { code, output } = await run(['delete', '--name', 'callee']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Successfully deleted callee') });
  expect(output).toContain('Worker caller (production) uses this Worker as a Service Binding');
  expect(Object.keys(account.state.scripts)).toEqual(['caller', 'thief']);
  const [route] = account.state.routes;
  const body = { pattern: 'example.com/api/*', script: 'caller' };
  await rest(account, 'PUT', `/zones/${route?.zoneId}/workers/routes/${route?.id}`, body);
  expect((await running.fetch('https://example.com/api/')).status).toBe(500);
});

test('wrangler asked nothing that the account does not know', () => {
  expect(account.unknown).toEqual([]);
});
