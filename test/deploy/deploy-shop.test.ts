/** The shop goes into an empty account by `selvedge deploy`, each Worker as its derived config says, and answers there, through its edges. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shopConfigs } from '../../scripts/shop/plan.ts';
import { type Account, startAccount } from './account/account.ts';
import { rest, uploadForm } from './account/rest.ts';
import { type RunningAccount, runAccount } from './account/run-account.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'bin/selvedge.mjs');
const scripts = '/accounts/:account/workers/scripts';

let folder: string;
let account: Account;
let running: RunningAccount | undefined;

interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a command prints is asserted on, member by member.
  readonly json: any;
}

function selvedge(...args: readonly string[]): Promise<Answer> {
  const options = { cwd: folder, env: { ...process.env, ...account.env }, timeout: 500_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args, '--json'], options, (error, out, err) => {
      try {
        resolve({ code: error === null ? 0 : Number(error.code), json: JSON.parse(out) });
      } catch {
        reject(new Error(out + err));
      }
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-deploy-shop-'));
  account = await startAccount({ zones: ['example.com', 'shop.example'] });
});
afterAll(async () => {
  await running?.stop();
  await account?.close();
  await rm(folder, { recursive: true, force: true });
});

test("a name that somebody's Worker has is refused before anything is uploaded", { timeout: 200_000 }, async () => {
  await rest(account, 'PUT', `${scripts}/payment-edge`, uploadForm('export default {};'));
  account.forgetRequests();
  const { code, json } = await selvedge('deploy', shopConfigs.find((path) => path.includes('payment/')) as string);
  expect(code).toBe(1);
  expect(json.error).toMatchObject({
    code: 'refused',
    message: expect.stringContaining('the name payment-edge is taken'),
  });
  expect(account.changes).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
  await rest(account, 'DELETE', `${scripts}/payment-edge`);
});

interface Derived {
  readonly main: string;
  readonly compatibility_date: string;
  readonly services?: readonly { readonly binding: string; readonly service: string; readonly props?: unknown }[];
  readonly durable_objects?: { readonly bindings: readonly { readonly name: string }[] };
  readonly kv_namespaces?: readonly { readonly binding: string }[];
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly rules?: readonly { readonly globs: readonly string[] }[];
}

/** That what wrangler has uploaded is what the config says: its bindings, those to services with their props, and every module. */
async function expectAsConfigured(name: string): Promise<void> {
  const config: Derived = JSON.parse(await readFile(join(folder, 'out', name, 'wrangler.json'), 'utf8'));
  const { metadata, bindings, modules, subdomain } = account.state.scripts[name] as Account['state']['scripts'][string];
  const names = [
    ...(config.services ?? []).map(({ binding }) => binding),
    ...(config.durable_objects?.bindings ?? []).map((binding) => binding.name),
    ...(config.kv_namespaces ?? []).map(({ binding }) => binding),
    ...Object.keys(config.vars ?? {}),
  ];
  const plain = bindings.filter(({ type }) => type !== 'secret_text');
  expect(plain.map((binding) => binding.name).sort()).toEqual(names.sort());
  for (const { binding, ...service } of config.services ?? [])
    expect(bindings).toContainEqual({ name: binding, type: 'service', ...service });
  const uploaded = modules.map((module) => module.name);
  for (const module of [config.main, ...(config.rules ?? []).flatMap(({ globs }) => globs)])
    expect(uploaded).toContain(module);
  expect(metadata.compatibility_date).toBe(config.compatibility_date);
  expect(subdomain).toEqual({ enabled: false, previews_enabled: false });
}

test('the shop is deployed and answers through its edges', { timeout: 900_000 }, async () => {
  account.forgetRequests();
  const args = ['-f', join(root, 'config'), '--out', 'out', '--control-host', 'mesh.example.com'];
  const { code, json } = await selvedge('deploy', ...args, ...shopConfigs);
  expect({ code, error: json.error }).toEqual({ code: 0, error: undefined });
  expect(json.verification.missing).toEqual([]);
  const order = account.changes
    .map(({ meaning }) => meaning)
    .filter((meaning) => /^(upload|put KV|domain)/.test(meaning));
  const at = (meaning: string) => order.lastIndexOf(meaning);
  expect(at('upload selvedge-telemetry')).toBeLessThan(at('upload inventory-edge'));
  expect(at('upload storefront-edge')).toBeLessThan(order.findIndex((one) => one.startsWith('put KV')));
  expect(at('upload version of payment')).toBe(order.length - 2);
  expect(account.unknown).toEqual([]);
  expect(Object.keys(account.state.scripts)).toHaveLength(14);
  for (const name of Object.keys(account.state.scripts)) await expectAsConfigured(name);

  await rest(account, 'PUT', `${scripts}/storefront-edge/routes`, [{ pattern: 'shop.example/*' }]);
  running = await runAccount(account);
  const order1 = await running.fetch('https://shop.example/orders', {
    method: 'POST',
    headers: { 'x-user': 'tester' },
    body: JSON.stringify({ sku: 'cloth', quantity: 1 }),
  });
  expect(await order1.json()).toMatchObject({ order: { state: 'placed', payment: { version: 'v2' } } });
  const headers = {
    authorization: `Bearer ${json.tokens['selvedge-control']}`,
    'content-type': 'application/json',
    // The platform says who has connected, whatever a caller says.
    'cf-connecting-ip': '192.0.2.1',
  };
  const control = 'https://mesh.example.com/api';
  const status = await running.fetch(`${control}/status`, { headers });
  expect(await status.json()).toMatchObject({ mesh: { state: 'ok' } });
  const split = { method: 'POST', headers, body: '{"v1":1,"v2":1}' };
  expect((await running.fetch(`${control}/services/payment/split`, split)).status).toBe(200);
  expect(await (await running.fetch(`${control}/audit`, { headers })).json()).toMatchObject({
    entries: [{ principal: 'token', address: '203.0.113.7', action: 'split', key: 'service/payment', outcome: 'made' }],
  });
  expect((await running.fetch('https://mesh.example.com/api/status')).status).toBe(401);
});
