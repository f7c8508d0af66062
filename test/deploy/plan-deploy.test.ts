/** The plan of a deployment as a table: an account, and what is to be done in it. */
import { describe, expect, test } from 'vitest';
import type { AccountBinding, AccountState, AccountWorker } from '../../src/cli/deploy/account/account-state.ts';
import type { DeployInput, DeployingWorker } from '../../src/cli/deploy/plan/deploy-plan.ts';
import { describeStep, type Step } from '../../src/cli/deploy/plan/deploy-step.ts';
import { planDeployment } from '../../src/cli/deploy/plan/plan-deploy.ts';
import type { PublicPlan } from '../../src/cli/deploy/plan/plan-public.ts';
import { stubMark, versionMark } from '../../src/cli/deploy/version-mark.ts';

const mark = (name: string, strict = false) => versionMark(Buffer.from(name.padEnd(8)).toString('hex'), strict);
const edgeBindings: readonly AccountBinding[] = [
  { name: 'REGISTRY', type: 'kv_namespace' },
  { name: 'UPSTREAMS', type: 'json' },
  { name: 'IDENTITY', type: 'service', service: 'selvedge-identity', entrypoint: 'Identity' },
];
const ownBindings: Readonly<Record<string, readonly AccountBinding[]>> = {
  telemetry: [
    { name: 'TELEMETRY', type: 'durable_object_namespace', class_name: 'TelemetryShard' },
    { name: 'MAX_CALLS', type: 'json' },
  ],
  identity: [
    { name: 'KEY_AUTHORITY', type: 'durable_object_namespace', class_name: 'KeyAuthority' },
    { name: 'SCHEDULE', type: 'json' },
    { name: 'TOKEN', type: 'secret_text' },
    { name: 'ENCRYPTION_KEY', type: 'secret_text' },
  ],
  control: [
    { name: 'REGISTRY', type: 'kv_namespace' },
    { name: 'TOPOLOGY', type: 'json' },
    { name: 'TOKEN', type: 'secret_text' },
  ],
  edge: edgeBindings,
  user: [],
};

const worker = (name: string, role: DeployingWorker['role'], more: Partial<DeployingWorker> = {}): DeployingWorker => ({
  name,
  role,
  mark: mark(name),
  services: [],
  triggers: false,
  workersDev: false,
  ...more,
});
const edge = (service: string, more: Partial<DeployingWorker> = {}) =>
  worker(`${service}-edge`, 'edge', { service, services: [{ binding: 'UPSTREAM_0', service }], ...more });

const strictPay = { mark: mark('pay', true), admittingMark: mark('pay') };
const workers: readonly DeployingWorker[] = [
  worker('selvedge-telemetry', 'telemetry'),
  worker('selvedge-identity', 'identity'),
  edge('pay'),
  edge('shop'),
  worker('pay', 'user', { service: 'pay' }),
  worker('shop', 'user', { service: 'shop' }),
  worker('selvedge-control', 'control'),
];

/** As it stands in the account after its upload. */
const live = (one: DeployingWorker, more: Partial<AccountWorker> = {}): AccountWorker => ({
  name: one.name,
  tag: one.mark,
  uploaded: true,
  shared: false,
  bindings: ownBindings[one.role] ?? [],
  workersDev: false,
  previews: false,
  ...more,
});
const account = (present: readonly AccountWorker[], more: Partial<AccountState> = {}): AccountState => ({
  accountId: 'a',
  names: new Set(present.map(({ name }) => name)),
  workers: Object.fromEntries(present.map((one) => [one.name, one])),
  routes: [],
  domains: [],
  zones: {},
  ...more,
});
const nothingPublic: PublicPlan = { keeps: new Set(), moves: {}, gateways: [], hosts: {}, notes: [], refusals: [] };
const documents = { mesh: 'm', 'service/pay': 'p', 'service/shop': 's' };
const bare = ['pay', 'shop'].map((name) => live(worker(name, 'user'), { tag: undefined }));
const all = workers.map((one) => live(one));

const plan = (more: Partial<DeployInput> = {}) =>
  planDeployment({
    workers,
    registry: { title: 'selvedge-registry', documents: {} },
    documents,
    overwriteDocuments: false,
    public: nothingPublic,
    account: account(bare),
    ...more,
  });
const done = { registry: { title: 'selvedge-registry', id: 'r', documents }, account: account(all) };
const words = (steps: readonly Step[]) =>
  steps.map((step) => ('worker' in step ? `${step.kind} ${step.worker}` : step.kind));
const withWorker = (changed: DeployingWorker) => workers.map((one) => (one.name === changed.name ? changed : one));
const without = (...names: readonly string[]) => account(all.filter(({ name }) => !names.includes(name)));

describe('order', () => {
  test('what is missing, edges, documents, callees before callers', () => {
    expect(words(plan().steps)).toEqual([
      'create-registry',
      'upload selvedge-telemetry',
      'upload selvedge-identity',
      'upload selvedge-control',
      'upload pay-edge',
      'upload shop-edge',
      'documents',
      'upload pay',
      'upload shop',
    ]);
  });

  test('a stub is uploaded only under a name that the account has not, with the entrypoints that are asked for', () => {
    const asks = edge('pay', {
      services: [
        { binding: 'U', service: 'pay', entrypoint: 'Door' },
        { binding: 'V', service: 'pay' },
      ],
    });
    const { steps } = plan({ workers: withWorker(asks), account: account(bare.slice(1)) });
    expect(steps.filter(({ kind }) => kind === 'stub')).toEqual([
      { kind: 'stub', worker: 'pay', entrypoints: ['Door'] },
    ]);
    expect(words(steps).indexOf('stub pay')).toBeLessThan(words(steps).indexOf('upload pay-edge'));
  });

  test('routes follow the Workers, and strictness comes last', () => {
    const moves = {
      shop: [
        { pattern: 'b.example.com/*', custom: false },
        { pattern: 'a.example.com', custom: true },
      ],
    };
    const { steps } = plan({
      workers: withWorker(worker('pay', 'user', { service: 'pay', ...strictPay })),
      public: { ...nothingPublic, moves },
      account: account(bare, { zones: { 'b.example.com/*': 'z' } }),
    });
    expect(words(steps).slice(-5)).toEqual(['upload pay', 'upload shop', 'domain', 'route', 'upload pay']);
    expect(steps.at(-5)).toMatchObject({ form: 'admitting' });
    expect(steps.at(-1)).toMatchObject({ form: 'whole', why: 'strict' });
  });

  test('an edge that asks for an entrypoint which the Worker does not yet export is made whole after that Worker', () => {
    const door = { binding: 'UPSTREAM_1', service: 'pay', entrypoint: 'Door' };
    const asks = edge('pay', { services: [{ binding: 'UPSTREAM_0', service: 'pay' }, door] });
    const old = live(worker('pay', 'user'), { tag: undefined, entrypoints: ['Other'] });
    const { steps } = plan({ workers: withWorker(asks), account: account([old, bare[1] as AccountWorker]) });
    expect(words(steps).slice(4)).toEqual([
      'upload pay-edge',
      'upload shop-edge',
      'documents',
      'upload pay',
      'upload pay-edge',
      'upload shop',
    ]);
    expect(steps[4]).toMatchObject({ form: 'partial', without: ['UPSTREAM_1'] });
    const there = plan({
      workers: withWorker(asks),
      account: account(
        [old, ...all.filter(({ name }) => name !== 'pay')].map((one) =>
          one.name === 'pay-edge' ? { ...one, tag: 'old' } : one,
        ),
      ),
      registry: done.registry,
    });
    expect(words(there.steps)).toEqual(['upload pay', 'upload pay-edge']);
  });
});

describe('what is there already', () => {
  test('nothing is left to do where all is as it should be', () => {
    const { steps, done: told } = plan(done);
    expect(steps).toEqual([]);
    expect(told).toContain('pay-edge is unchanged');
  });

  test.each(workers.map(({ name }) => ({ name })))('what is missing is done, and nothing else: $name', ({ name }) => {
    const { steps } = plan({ ...done, account: without(name) });
    expect(words(steps).filter((step) => !step.startsWith('stub'))).toEqual([`upload ${name}`]);
  });

  test('a Worker that was uploaded otherwise since is uploaded again', () => {
    const changed = all.map((one) => (one.name === 'shop' ? { ...one, tag: undefined } : one));
    expect(words(plan({ ...done, account: account(changed) }).steps)).toEqual(['upload shop']);
  });

  test('a stub is no Worker yet', () => {
    const changed = all.map((one) => (one.name === 'shop' ? { ...one, tag: stubMark } : one));
    expect(plan({ ...done, account: account(changed) }).steps).toMatchObject([{ worker: 'shop', why: 'new' }]);
  });

  test('an upload that was cut off before its address was closed is closed', () => {
    const open = all.map((one) => (one.name === 'shop' ? { ...one, workersDev: true } : one));
    expect(words(plan({ ...done, account: account(open) }).steps)).toEqual(['triggers shop']);
  });

  test('a secret that is missing is made', () => {
    const bald = all.map((one) => ({ ...one, bindings: one.bindings.filter(({ name }) => name !== 'TOKEN') }));
    const { steps } = plan({ ...done, account: account(bald) });
    expect(steps).toMatchObject([
      { worker: 'selvedge-identity', secrets: ['TOKEN'] },
      { worker: 'selvedge-control', secrets: ['TOKEN'] },
    ]);
  });

  test('identity gets its encryption key, and keeps the one that it has', () => {
    const bald = all.map((one) => ({ ...one, bindings: one.bindings.filter(({ name }) => name !== 'ENCRYPTION_KEY') }));
    const { steps } = plan({ ...done, account: account(bald) });
    expect(steps).toMatchObject([{ worker: 'selvedge-identity', secrets: ['ENCRYPTION_KEY'] }]);
    expect(describeStep(steps[0] as Step)).toMatch(/, with a new secret ENCRYPTION_KEY$/);
  });

  test.each([
    { name: 'one that admits becomes strict at the end', tag: mark('pay'), steps: ['upload pay'], why: 'strict' },
    { name: 'one that is strict stays so', tag: mark('pay', true), steps: [], why: undefined },
    {
      name: 'one that was strict and has changed admits no one in between',
      tag: mark('old', true),
      steps: ['upload pay'],
      why: 'changed',
    },
  ])('strictness: $name', ({ tag, steps, why }) => {
    const strict = worker('pay', 'user', { service: 'pay', ...strictPay });
    const now = all.map((one) => (one.name === 'pay' ? { ...one, tag } : one));
    const planned = plan({ ...done, workers: withWorker(strict), account: account(now) });
    expect(words(planned.steps)).toEqual(steps);
    if (why !== undefined) expect(planned.steps[0]).toMatchObject({ form: 'whole', why });
  });
});

test('a Worker outside that binds a strict one is named before its calls are refused', () => {
  const strict = worker('pay', 'user', { service: 'pay', ...strictPay });
  const { warnings } = plan({ workers: withWorker(strict), outsiders: { pay: ['cron-job'] } });
  expect(warnings).toEqual([expect.stringContaining('pay will refuse the calls of cron-job')]);
});

describe('documents', () => {
  const edited = { ...documents, 'service/pay': 'edited' };
  test('what was edited in KV stays, and is told', () => {
    const { steps, notes } = plan({ ...done, registry: { ...done.registry, documents: edited } });
    expect(steps).toEqual([]);
    expect(notes.join()).toContain('service/pay');
  });

  test('unless somebody wants it overwritten', () => {
    const { steps } = plan({ ...done, registry: { ...done.registry, documents: edited }, overwriteDocuments: true });
    expect(steps).toEqual([{ kind: 'documents', add: [], overwrite: ['service/pay'] }]);
  });

  test('only keys that are missing are written', () => {
    const { steps } = plan({ ...done, registry: { ...done.registry, documents: { mesh: 'm', 'service/pay': 'p' } } });
    expect(steps).toEqual([{ kind: 'documents', add: ['service/shop'], overwrite: [] }]);
  });
});

describe('refusals', () => {
  test.each(['pay-edge', 'selvedge-control', 'selvedge-identity', 'selvedge-telemetry'])(
    "the name %s is taken by somebody's Worker",
    (name) => {
      const taken = all.map((one) => (one.name === name ? { ...one, tag: undefined, bindings: [] } : one));
      expect(plan({ ...done, account: account(taken) }).refusals).toEqual([
        expect.stringContaining(`the name ${name} is taken`),
      ]);
    },
  );

  const moving = (routes: PublicPlan['moves'][string], more: Partial<AccountState>) =>
    plan({ ...done, public: { ...nothingPublic, moves: { shop: routes } }, account: account(all, more) });
  const zoned = [{ pattern: 'a.example.com/*', custom: false }];
  const zones = { 'a.example.com/*': 'z' };
  const route = { id: '1', zoneId: 'z', pattern: 'a.example.com/*' };

  test.each([
    {
      name: 'a route of the Worker moves',
      state: { zones, routes: [{ ...route, script: 'shop' }] },
      steps: ['route'],
      refused: 0,
    },
    { name: 'a route of nobody is given', state: { zones, routes: [] }, steps: ['route'], refused: 0 },
    {
      name: 'a route that the edge has stays',
      state: { zones, routes: [{ ...route, script: 'shop-edge' }] },
      steps: [],
      refused: 0,
    },
    {
      name: "somebody else's is refused",
      state: { zones, routes: [{ ...route, script: 'other' }] },
      steps: [],
      refused: 1,
    },
    { name: 'one of no zone is refused', state: { zones: {} }, steps: [], refused: 1 },
  ])('zone routes: $name', ({ state, steps, refused }) => {
    const planned = moving(zoned, state);
    expect(words(planned.steps)).toEqual(steps);
    expect(planned.refusals).toHaveLength(refused);
  });

  const domain = { hostname: 'a.example.com', zoneId: 'z' };
  test.each([
    { name: 'a domain of the Worker moves', domains: [{ ...domain, service: 'shop' }], steps: ['domain'], refused: 0 },
    { name: 'a domain of nobody is given', domains: [], steps: ['domain'], refused: 0 },
    { name: 'a domain that the edge has stays', domains: [{ ...domain, service: 'shop-edge' }], steps: [], refused: 0 },
    { name: "somebody else's is refused", domains: [{ ...domain, service: 'other' }], steps: [], refused: 1 },
  ])('custom domains: $name', ({ domains, steps, refused }) => {
    const planned = moving([{ pattern: 'a.example.com', custom: true }], { domains });
    expect(words(planned.steps)).toEqual(steps);
    expect(planned.refusals).toHaveLength(refused);
  });

  test('a host that control or identity is to have is taken from nobody', () => {
    const domains = [{ ...domain, service: 'other' }];
    for (const host of [{ controlHost: 'a.example.com' }, { identityHost: 'a.example.com' }]) {
      expect(plan({ ...done, ...host, account: account(all, { domains }) }).refusals).toHaveLength(1);
    }
  });

  test('identity is given its host', () => {
    const { steps } = plan({ ...done, identityHost: 'a.example.com', account: account(all) });
    expect(steps).toMatchObject([{ kind: 'domain', hostname: 'a.example.com', to: 'selvedge-identity' }]);
  });
});

test('a route that only the dashboard knows stays, and is told', () => {
  const routes = [{ id: '1', zoneId: 'z', pattern: 'hidden.example.com/*', script: 'shop' }];
  expect(plan({ ...done, account: account(all, { routes }) }).notes.join()).toContain('hidden.example.com/*');
});

test.each([
  { name: 'one that answers now', more: { tag: undefined, workersDev: true }, wants: false },
  { name: 'one that would answer by its config', more: undefined, wants: true },
])('the loss of an address on workers.dev is told: $name', ({ more, wants }) => {
  const present =
    more === undefined ? bare.slice(0, 1) : [bare[0] as AccountWorker, live(worker('shop', 'user'), more)];
  const { warnings } = plan({
    workers: withWorker(worker('shop', 'user', { service: 'shop', wantsWorkersDev: wants })),
    account: account(present),
  });
  expect(warnings).toEqual([expect.stringMatching(/^shop .*workers\.dev.*public\.hosts.*public\.via: worker$/)]);
});

test('every step has its words', () => {
  for (const step of plan().steps) expect(describeStep(step)).toMatch(/^[a-z].*[^.]$/);
});
