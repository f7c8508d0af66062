/**
 * A mesh goes into an account and out of it again, by the real wrangler. Every step fails once on the way: what the next plan
 * holds is what was left to do, until there is nothing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAccount, readRegistry } from '../../src/cli/deploy/account/account-state.ts';
import type { DeployPlan } from '../../src/cli/deploy/plan/deploy-plan.ts';
import { describeStep, type Step } from '../../src/cli/deploy/plan/deploy-step.ts';
import { planDeployment } from '../../src/cli/deploy/plan/plan-deploy.ts';
import { type Prepared, prepare } from '../../src/cli/deploy/prepare.ts';
import { prepareEject } from '../../src/cli/deploy/prepare-eject.ts';
import { runPlan } from '../../src/cli/deploy/run/run-plan.ts';
import type { StepContext } from '../../src/cli/deploy/run/run-step.ts';
import { verifyDeployment } from '../../src/cli/deploy/run/verify.ts';
import { type Account, startAccount } from './account/account.ts';
import { rest } from './account/rest.ts';
import { type RunningAccount, runAccount } from './account/run-account.ts';
import { wrangler } from './account/wrangler.ts';
import { accountAsItIs, configs, writeApp } from './deploy-app.ts';

let folder: string;
let account: Account;
let running: RunningAccount;
let before: ReturnType<typeof accountAsItIs>;
let one: Prepared;
let first: DeployPlan;
let context: StepContext;
const environmentBefore = { ...process.env };
const scripts = '/accounts/:account/workers/scripts';
const deployed: string[] = [];
const tokens = new Map<string, string>();

const script = (name: string) => account.state.scripts[name] as NonNullable<Account['state']['scripts'][string]>;
const serviceBindings = (name: string) =>
  script(name)
    .bindings.filter(({ type }) => type === 'service')
    .map(({ name: binding, service, entrypoint, props }) => ({ binding, service, entrypoint, props }));

const prepared = (): Promise<Prepared> =>
  prepare({
    configs: configs.map((path) => join(folder, path)),
    documents: join(folder, 'documents'),
    overwriteDocuments: false,
  });
const contextOf = (one: Prepared): StepContext => ({
  ...one,
  folder: join(folder, 'out'),
  registryId: one.registry.id,
  tokens,
});
const failing = (step: Step): boolean => {
  const kind = 'role' in step ? `${step.kind} ${step.role}` : step.kind;
  if (failed.has(kind)) return false;
  failed.add(kind);
  return true;
};
const failed = new Set<string>();

/** Fails the first step once, if it is the first of its kind, then does it. Answers what it did. */
async function stepByStep(plan: DeployPlan, where: StepContext, command: 'deploy' | 'eject'): Promise<void> {
  const [step] = plan.steps;
  if (step === undefined) return;
  if (failing(step)) {
    account.failNext(({ method }) => method !== 'GET', { status: 400 });
    const run = runPlan([step], where, command, () => {});
    await expect(run).rejects.toMatchObject({
      code: 'step_failed',
      message: expect.stringContaining('goes on from here'),
    });
  }
  await runPlan([step], where, command, () => {});
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-deploy-test-'));
  await writeApp(folder);
  account = await startAccount();
  Object.assign(process.env, account.env);
  for (const config of configs) {
    const { code, output } = await wrangler(account, folder, ['deploy', '--config', config]);
    if (code !== 0) throw new Error(output);
  }
  await rest(account, 'PUT', `${scripts}/shop/secrets`, { name: 'KEY', text: 'of the user', type: 'secret_text' });
  before = accountAsItIs(account);
  account.forgetRequests();
}, 300_000);
afterAll(async () => {
  for (const key of Object.keys(process.env)) if (!(key in environmentBefore)) delete process.env[key];
  Object.assign(process.env, environmentBefore);
  await running?.stop();
  await account?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.sequential('deploy', () => {
  test('the plan changes nothing, and says every step in order', { timeout: 300_000 }, async () => {
    one = await prepared();
    context = contextOf(one);
    first = planDeployment(one.input);
    expect(account.changes).toEqual([]);
    expect(first.refusals).toEqual([]);
    expect(first.steps.map(describeStep)).toEqual([
      'create the KV namespace selvedge-registry',
      'upload selvedge-telemetry',
      'upload selvedge-identity, with a new secret TOKEN and a new secret ENCRYPTION_KEY',
      'upload selvedge-control, with a new secret TOKEN',
      'upload pay-edge, the edge of pay',
      'upload gate-edge, the edge of gate',
      'upload shop-edge, the edge of shop',
      'upload site-edge, the edge of site',
      'write mesh, service/gate, service/pay, service/shop, service/site into KV',
      'upload changed pay, derived, which admits calls that come past its edge until all callers are there',
      'upload changed shop, derived',
      'upload changed site, derived',
      'give *.gate.example.com/* to gate-edge',
      'move example.com/api/* from shop to shop-edge',
      'give custom domain gate.example.com to gate-edge',
      'move custom domain www.example.com from shop to shop-edge',
      'upload pay again: from now on it refuses calls that come past its edge',
    ]);
    expect(first.warnings).toEqual([expect.stringMatching(/^shop answers on workers\.dev now, and will not any more/)]);
    expect(first.notes.join('\n')).toContain('site: it has static assets, so static.example.com/* stays with it');
  });

  test('each step fails once, and a plan made anew goes on from there', { timeout: 600_000 }, async () => {
    for (let round = 0; round < 20; round++) {
      const [state, registry] = await Promise.all([
        readAccount(one.api, {
          workers: one.input.workers.map(({ name }) => name),
          routes: ['example.com/api/*', '*.gate.example.com/*'].map((pattern) => ({ pattern, custom: false })),
        }),
        readRegistry(one.api, one.input.registry.title),
      ]);
      // The id of the namespace is part of what edges are uploaded with, and known after the first step.
      if (registry.id !== undefined && one.registry.id === undefined) one = await prepared();
      context = { ...contextOf(one), registryId: registry.id };
      const plan = planDeployment({ ...one.input, account: state, registry: { ...one.input.registry, ...registry } });
      if (plan.steps.every(({ kind }) => kind === 'triggers')) break;
      const next = plan.steps.filter(({ kind }) => kind !== 'triggers');
      deployed.push(describeStep(next[0] as Step));
      await stepByStep({ ...plan, steps: next }, context, 'deploy');
    }
    expect(deployed).toEqual(first.steps.map(describeStep));
    expect([...tokens.keys()]).toEqual(['selvedge-identity', 'selvedge-control']);
    for (const token of tokens.values()) expect(token).toMatch(/^[0-9a-f]{64}$/);
    const { missing } = await verifyDeployment(one, context, undefined);
    expect(missing).toEqual([]);
  });

  test('edges are bound to the Workers, with the props of their callers', () => {
    expect(serviceBindings('pay-edge')).toEqual([
      { binding: 'UPSTREAM_0', service: 'pay', props: { 'selvedge:edge': 'pay' } },
      { binding: 'UPSTREAM_1', service: 'pay', entrypoint: 'Door', props: { tier: 'gold', 'selvedge:edge': 'pay' } },
      {
        binding: 'IDENTITY',
        service: 'selvedge-identity',
        entrypoint: 'Identity',
        props: { service: 'pay', trustDomain: 'mesh.local' },
      },
    ]);
    expect(serviceBindings('gate-edge')[0]).toEqual({
      binding: 'PEER_0',
      service: 'pay-edge',
      entrypoint: 'Mesh',
      props: { caller: 'gate', service: 'pay', upstream: 'default' },
    });
    expect(script('pay-edge').bindings).toContainEqual({
      name: 'TELEMETRY',
      type: 'durable_object_namespace',
      class_name: 'TelemetryShard',
      script_name: 'selvedge-telemetry',
    });
    for (const edge of ['pay-edge', 'gate-edge', 'shop-edge', 'site-edge'])
      expect(script(edge).subdomain).toEqual({ enabled: false, previews_enabled: false });
  });

  test('control has its own Durable Object, and that of telemetry', () => {
    const control = script('selvedge-control');
    expect(control).toMatchObject({ migrationTag: 'v1', classes: { Warden: { sqlite: true } } });
    const object = { type: 'durable_object_namespace' };
    expect(control.bindings).toContainEqual({ ...object, name: 'WARDEN', class_name: 'Warden' });
    expect(control.bindings).toContainEqual({
      ...object,
      name: 'TELEMETRY',
      class_name: 'TelemetryShard',
      script_name: 'selvedge-telemetry',
    });
  });

  test('derived Workers bind edges, and keep what is theirs', () => {
    expect(serviceBindings('shop')).toEqual([
      {
        binding: 'PAY',
        service: 'pay-edge',
        entrypoint: 'Mesh',
        props: expect.objectContaining({ caller: 'shop', service: 'pay' }),
      },
      {
        binding: 'PLAIN',
        service: 'pay-edge',
        entrypoint: 'Mesh',
        props: { caller: 'shop', service: 'pay', upstream: 'default' },
      },
    ]);
    const bare = before.scripts.find(({ name }) => name === 'shop');
    expect(script('shop')).toMatchObject({ schedules: ['0 3 * * *'], secrets: { KEY: 'of the user' } });
    expect(script('shop').metadata).toMatchObject({
      compatibility_date: bare?.metadata.compatibility_date,
      compatibility_flags: ['nodejs_compat'],
    });
    expect(script('shop').subdomain.enabled).toBe(false);
    expect(script('pay')).toMatchObject({ migrationTag: 'v1', classes: { Ledger: { sqlite: true } } });
    expect(script('pay').metadata.observability).toMatchObject({ enabled: true });
    const admits = script('pay').versions.map(({ modules }) => {
      const config = modules.find(({ name }) => name === 'selvedge-config.js')?.contents.toString();
      return config === undefined ? 'bare' : config.includes('"strict":true') ? 'strict' : 'admits';
    });
    expect(admits).toEqual(['bare', 'admits', 'strict']);
  });

  test('a Worker with static assets keeps its route and its files; the others give theirs to their edge', () => {
    expect(script('site').assets?.manifest).toEqual(before.scripts.find(({ name }) => name === 'site')?.assets);
    const now = accountAsItIs(account);
    expect(now.routes).toEqual([
      '*.gate.example.com/* gate-edge',
      'example.com/api/* shop-edge',
      'static.example.com/* site',
    ]);
    expect(now.domains).toEqual(['gate.example.com gate-edge', 'www.example.com shop-edge']);
  });

  test('the mesh answers, and a call past a strict edge does not', { timeout: 120_000 }, async () => {
    running = await runAccount(account);
    const paid = await running.fetch('https://www.example.com/buy');
    expect(await paid.json()).toEqual({
      paid: { sum: 5, props: { tier: 'gold' } },
      stage: 'live',
      secret: 'of the user',
    });
    expect(await (await running.fetch('https://example.com/api/plain')).text()).toBe('pay itself');
    for (const host of ['gate.example.com', 'a.b.gate.example.com'])
      expect(await (await running.fetch(`https://${host}/`)).text()).toBe('pay itself');
    expect((await running.fetch('https://static.example.com/')).status).toBe(200);
    expect(await running.scheduled('shop', '0 3 * * *')).toMatchObject({ outcome: 'ok' });
    await rest(account, 'PUT', `${scripts}/pay/routes`, [{ pattern: 'past.example.com/*' }]);
    expect((await running.fetch('https://past.example.com/')).status).toBe(403);
    await rest(account, 'PUT', `${scripts}/pay/routes`, []);
  });

  test('what was edited in KV stays, and a second run finds nothing to upload', { timeout: 300_000 }, async () => {
    const namespace = Object.values(account.state.kv)[0] as NonNullable<Account['state']['kv'][string]>;
    const key = 'service/site';
    const edited = JSON.stringify({
      service: 'site',
      versions: { v1: { worker: 'site' }, v2: { worker: 'site' } },
      routes: [{ name: 'a', backends: [{ version: 'v1' }] }],
    });
    namespace.entries.set(key, { value: Buffer.from(edited) });
    const again = planDeployment((await prepared()).input);
    expect(again.steps.map(describeStep)).toEqual([
      'upload changed site-edge, the edge of site',
      'apply the triggers and addresses of shop again: its version is unchanged',
      'apply the triggers and addresses of site again: its version is unchanged',
    ]);
    expect(again.done).toContain('pay is unchanged');
    expect(namespace.entries.get(key)?.value.toString()).toBe(edited);
  });
});

describe.sequential('eject', () => {
  test('each step fails once; then the account is what it was before', { timeout: 600_000 }, async () => {
    failed.clear();
    const words: string[] = [];
    const request = {
      configs: configs.map((path) => join(folder, path)),
      documents: join(folder, 'documents'),
      deleteData: true,
      folder: join(folder, 'ejected'),
    };
    for (let round = 0; round < 20; round++) {
      const { plan, context: where } = await prepareEject(request);
      const [step] = plan.steps;
      if (step === undefined) break;
      words.push(describeStep(step));
      await stepByStep(plan, where, 'eject');
    }
    expect(words).toEqual([
      'upload pay again: it admits calls that come past its edge',
      'move example.com/api/* from shop-edge to shop',
      'move custom domain www.example.com from shop-edge to shop',
      'deploy site from its own config, as it is without the mesh',
      'deploy shop from its own config, as it is without the mesh',
      'deploy pay from its own config, as it is without the mesh',
      'delete gate-edge',
      'delete pay-edge',
      'delete shop-edge',
      'delete site-edge',
      'delete selvedge-control',
      'delete selvedge-identity, with the keys in its Durable Objects',
      'delete selvedge-telemetry, with the traces and metrics in its Durable Objects',
      'delete the KV namespace selvedge-registry, with all documents',
    ]);
    expect(accountAsItIs(account)).toEqual(before);
    expect(account.unknown).toEqual([]);
  });
});
