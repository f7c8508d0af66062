/** The plan of taking a mesh out of an account, as a table. */
import { expect, test } from 'vitest';
import type { AccountState, AccountWorker } from '../../src/cli/deploy/account/account-state.ts';
import { type EjectInput, planEject } from '../../src/cli/deploy/plan/plan-eject.ts';
import { versionMark } from '../../src/cli/deploy/version-mark.ts';

const mark = versionMark('0123456789abcdef', false);
const strictMark = versionMark('0123456789abcdef', true);
const bindings = {
  edge: [
    { name: 'REGISTRY', type: 'kv_namespace' },
    { name: 'UPSTREAMS', type: 'json' },
    { name: 'IDENTITY', type: 'service', service: 'selvedge-identity', entrypoint: 'Identity' },
  ],
  control: [
    { name: 'REGISTRY', type: 'kv_namespace' },
    { name: 'TOPOLOGY', type: 'json' },
  ],
  none: [],
};
const live = (name: string, kind: keyof typeof bindings, more: Partial<AccountWorker> = {}): AccountWorker => ({
  name,
  uploaded: true,
  shared: false,
  bindings: bindings[kind],
  workersDev: false,
  previews: false,
  ...more,
});
const user = (name: string): EjectInput['users'][number] => ({
  name,
  worker: name,
  service: name,
  configPath: `/${name}/wrangler.toml`,
  routes: name === 'shop' ? [{ pattern: 'shop.example.com/*', custom: false }] : [],
});
const meshed = [
  live('pay', 'none', { tag: mark }),
  live('shop', 'none', { tag: mark }),
  live('pay-edge', 'edge', { tag: mark }),
  live('shop-edge', 'edge', { tag: mark }),
  live('selvedge-control', 'control', { tag: mark }),
];
const account = (workers: readonly AccountWorker[], more: Partial<AccountState> = {}): AccountState => ({
  accountId: 'a',
  names: new Set(workers.map(({ name }) => name)),
  workers: Object.fromEntries(workers.map((one) => [one.name, one])),
  routes: [],
  domains: [],
  zones: {},
  ...more,
});
const plan = (state: AccountState, more: Partial<EjectInput> = {}) =>
  planEject({
    users: [user('pay'), user('shop')],
    edges: ['pay', 'shop'].map((service) => ({ name: `${service}-edge`, service })),
    own: [{ name: 'selvedge-control', role: 'control' }],
    allEdges: ['pay-edge', 'shop-edge'],
    registry: { title: 'selvedge-registry', id: 'r' },
    deleteData: false,
    account: state,
    ...more,
  });
const words = ({ steps }: { readonly steps: readonly object[] }) =>
  steps.map((step) => {
    const { kind, worker, to } = step as { readonly kind: string; readonly worker?: string; readonly to?: string };
    return [kind, worker ?? to].filter((part) => part !== undefined).join(' ');
  });
const changed = (name: string, more: Partial<AccountWorker>) =>
  account(meshed.map((one) => (one.name === name ? { ...one, ...more } : one)));

test('callers go before callees, edges after both, the mesh itself last; the data stays unless somebody says so', () => {
  const steps = ['plain shop', 'plain pay', 'delete pay-edge', 'delete shop-edge', 'delete selvedge-control'];
  expect(words(plan(account(meshed)))).toEqual(steps);
  expect(plan(account(meshed)).notes.join()).toContain('--delete-data');
  expect(words(plan(account(meshed), { deleteData: true }))).toEqual([...steps, 'delete-registry']);
});

test('strictness goes first, and routes before Workers', () => {
  const routes = [{ id: '1', zoneId: 'z', pattern: 'shop.example.com/*', script: 'shop-edge' }];
  const domains = [{ hostname: 'www.example.com', zoneId: 'z', service: 'shop-edge' }];
  const strict = { ...changed('pay', { tag: strictMark }), routes, domains };
  expect(words(plan(strict)).slice(0, 4)).toEqual(['upload pay', 'route shop', 'domain shop', 'plain shop']);
});

test('a route of an edge whose Worker is not there goes with the edge, and is told', () => {
  const routes = [{ id: '1', zoneId: 'z', pattern: 'x.example.com/*', script: 'shop-edge' }];
  const gone = account(
    meshed.filter(({ name }) => name !== 'shop'),
    { routes },
  );
  expect(words(plan(gone))).not.toContain('route shop');
  expect(plan(gone).notes.join()).toContain('x.example.com/*');
});

test('what a gateway took from a Worker goes back to it; edges that bind each other go together', () => {
  const routes = [{ id: '1', zoneId: 'z', pattern: 'shop.example.com/*', script: 'gate-edge' }];
  const domains = [{ hostname: 'new.example.com', zoneId: 'z', service: 'gate-edge' }];
  const state = account([...meshed, live('gate-edge', 'edge', { tag: mark })], { routes, domains });
  const edges = ['gate', 'pay', 'shop'].map((service) => ({ name: `${service}-edge`, service }));
  const { steps, notes } = plan(state, { edges, allEdges: edges.map(({ name }) => name) });
  expect(steps.find(({ kind }) => kind === 'route')).toMatchObject({ from: 'gate-edge', to: 'shop' });
  expect(notes.join()).toContain('new.example.com goes with gate-edge');
  expect(steps.filter(({ kind }) => kind === 'delete')[0]).toMatchObject({
    worker: 'gate-edge',
    together: ['gate-edge', 'pay-edge', 'shop-edge'],
  });
});

test.each([
  { name: 'a Worker that was uploaded as it is stays', more: { tag: undefined }, again: false },
  {
    name: 'one whose secret was changed since may still be meshed',
    more: { tag: undefined, uploaded: false },
    again: true,
  },
  {
    name: 'one that binds an edge is meshed, whatever its tag',
    more: { tag: 'mine', bindings: [{ name: 'PAY', type: 'service', service: 'pay-edge' }] },
    again: true,
  },
])('$name', ({ more, again }) => {
  expect(words(plan(changed('shop', more))).includes('plain shop')).toBe(again);
});

test("nobody else's Worker is deleted, whatever its name", () => {
  const planned = plan(changed('pay-edge', { bindings: [] }));
  expect(words(planned)).not.toContain('delete pay-edge');
  expect(planned.notes.join()).toContain('pay-edge is no edge of the mesh');
});

test('while edges of other Workers stand, the mesh itself stays', () => {
  const planned = plan(account(meshed), { allEdges: ['pay-edge', 'shop-edge', 'other-edge'], deleteData: true });
  expect(words(planned)).toEqual(['plain shop', 'plain pay', 'delete pay-edge', 'delete shop-edge']);
  expect(planned.notes.join()).toContain('other-edge stands before Workers that were not named');
});

test('where nothing is left, there is nothing to do', () => {
  const bare = account([live('pay', 'none'), live('shop', 'none')]);
  const { steps, done } = plan(bare, { allEdges: [], registry: { title: 'selvedge-registry' } });
  expect(steps).toEqual([]);
  expect(done).toContain('pay-edge is gone');
});
