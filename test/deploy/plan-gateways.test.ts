/** Gateways without a Worker: what becomes of their public hosts, of edges that bind each other, and of both when the mesh goes. */
import { describe, expect, test } from 'vitest';
import type { AccountState } from '../../src/cli/deploy/account/account-state.ts';
import type { DeployingWorker } from '../../src/cli/deploy/plan/deploy-plan.ts';
import { planDeployment } from '../../src/cli/deploy/plan/plan-deploy.ts';
import { planMoves } from '../../src/cli/deploy/plan/plan-moves.ts';
import { type PublicWorker, planPublic } from '../../src/cli/deploy/plan/plan-public.ts';
import { answersUnder } from '../../src/cli/deploy/plan/public-route.ts';
import { relevantDocuments } from '../../src/cli/dev/registry/registry-store.ts';
import type { SourceWorker } from '../../src/derive/configs/source-worker.ts';
import { planMesh } from '../../src/derive/plan/plan.ts';

const shop = (...patterns: readonly string[]): PublicWorker => ({
  worker: 'shop',
  name: 'shop',
  service: 'shop',
  hasAssets: false,
  routes: patterns.map((pattern) => ({ pattern, custom: !pattern.includes('/') })),
  workersDev: false,
});
const gate = (...hosts: readonly string[]) => ({ service: 'gate', public: { hosts }, routes: [] });
const stored = (...documents: readonly { readonly service: string }[]) =>
  Object.fromEntries(documents.map((document) => [`service/${document.service}`, JSON.stringify(document)]));

interface Row {
  readonly name: string;
  readonly patterns?: readonly string[];
  readonly hosts: readonly string[];
  readonly own?: object;
  /** `from pattern`, or the pattern alone for a route that is new. */
  readonly gateways: readonly string[];
  readonly moves?: readonly string[];
  readonly notes?: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'a name that nobody holds becomes a custom domain',
    hosts: ['a.example.com'],
    gateways: ['custom a.example.com'],
  },
  {
    name: 'a wildcard that nobody holds becomes a route of its zone, which needs a DNS record',
    hosts: ['*.example.com'],
    gateways: ['*.example.com/*'],
    notes: /proxied DNS record for \*\.example\.com/,
  },
  {
    name: 'a route that a Worker holds goes to the gateway that lists its host',
    patterns: ['a.example.com/*'],
    hosts: ['a.example.com'],
    gateways: ['shop a.example.com/*'],
  },
  {
    name: 'so does its custom domain',
    patterns: ['a.example.com'],
    hosts: ['a.example.com'],
    gateways: ['shop custom a.example.com'],
  },
  {
    name: 'a route for a path brings only its own calls: the others need a route too',
    patterns: ['a.example.com/api/*'],
    hosts: ['a.example.com'],
    gateways: ['shop a.example.com/api/*', 'custom a.example.com'],
  },
  {
    name: 'a route for one name of a wildcard leaves the others',
    patterns: ['a.example.com/*'],
    hosts: ['*.example.com'],
    gateways: ['shop a.example.com/*', '*.example.com/*'],
  },
  {
    name: 'a route for many hosts covers the names among them',
    patterns: ['*.example.com/*'],
    hosts: ['a.example.com', '*.example.com'],
    gateways: ['shop *.example.com/*'],
  },
  {
    name: "a host that the Worker's own document lists too stays with its own edge",
    patterns: ['a.example.com/*'],
    hosts: ['b.example.com'],
    own: { public: { hosts: ['*.example.com'] } },
    gateways: ['custom b.example.com'],
    moves: ['a.example.com/*'],
  },
  {
    name: 'public.via: worker keeps a route from the gateway, and the plan says so',
    patterns: ['a.example.com/*'],
    hosts: ['a.example.com'],
    own: { public: { via: 'worker' } },
    gateways: [],
    notes: /the gateway gate, which lists the host, does not get its calls/,
  },
];

describe('public hosts of a gateway', () => {
  test.each(rows)('$name', ({ patterns = [], hosts, own, gateways, moves = [], notes }) => {
    const documents = stored(gate(...hosts), ...(own === undefined ? [] : [{ service: 'shop', ...own }]));
    const plan = planPublic([shop(...patterns)], documents);
    const shown = plan.gateways.map(({ route, from }) =>
      [...(from === undefined ? [] : [from]), ...(route.custom ? ['custom'] : []), route.pattern].join(' '),
    );
    expect(shown).toEqual(gateways);
    expect((plan.moves.shop ?? []).map(({ pattern }) => pattern)).toEqual(moves);
    expect(plan.refusals).toEqual([]);
    if (notes !== undefined) expect(plan.notes.join('\n')).toMatch(notes);
  });

  test('a listener without a hostname makes no route', () => {
    const documents = stored({ service: 'gate', public: { listeners: [{ name: 'any' }] } } as { service: string });
    const plan = planPublic([], documents);
    expect([plan.gateways, plan.notes.join()]).toEqual([[], expect.stringContaining('calls of any host')]);
  });

  test.each([
    ['*', 'a.example.com', true],
    ['a.example.com', 'a.example.com', true],
    ['a.example.com', '*.example.com', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', '*.example.com', true],
    ['*.example.com', 'example.com', false],
    ['a.example.com', 'b.example.com', false],
  ])('a service that lists %s answers calls by a pattern for %s: %s', (listed, host, answers) => {
    expect(answersUnder(listed, host)).toBe(answers);
  });
});

const worker = (name: string, role: DeployingWorker['role'], more: Partial<DeployingWorker> = {}): DeployingWorker => ({
  name,
  role,
  mark: `mark ${name}`,
  services: [],
  triggers: false,
  workersDev: false,
  ...more,
});
const edge = (service: string, ...peers: readonly string[]) =>
  worker(`${service}-edge`, 'edge', {
    service,
    services: peers.map((peer, index) => ({ binding: `PEER_${index}`, service: `${peer}-edge`, entrypoint: 'Mesh' })),
  });
const empty: AccountState = { accountId: 'a', names: new Set(), workers: {}, routes: [], domains: [], zones: {} };

test('routes and domains of gateways go to their edges', () => {
  const moves = planMoves({
    workers: [edge('gate'), worker('shop', 'user', { service: 'shop' })],
    public: planPublic([shop('a.example.com/*')], stored(gate('a.example.com', 'b.example.com'))),
    account: { ...empty, zones: { 'a.example.com/*': 'z' } },
  });
  expect(moves.steps).toEqual([
    { kind: 'route', pattern: 'a.example.com/*', zoneId: 'z', to: 'gate-edge' },
    { kind: 'domain', hostname: 'b.example.com', to: 'gate-edge' },
  ]);
});

test('of edges that bind each other, the first goes without the other for now', () => {
  const { steps } = planDeployment({
    workers: [edge('a', 'b'), edge('b', 'a'), edge('c', 'a')],
    registry: { title: 'r', id: 'r', documents: {} },
    documents: {},
    overwriteDocuments: false,
    public: planPublic([], {}),
    account: empty,
  });
  const uploads = steps.flatMap((step) => (step.kind === 'upload' ? [[step.worker, step.form, step.without]] : []));
  expect(uploads).toEqual([
    ['a-edge', 'partial', ['PEER_0']],
    ['b-edge', 'whole', undefined],
    ['a-edge', 'whole', undefined],
    ['c-edge', 'whole', undefined],
  ]);
});

test('of the documents in KV those count that lead to Workers of this mesh, or that these lead to', () => {
  const route = (service: string) => [{ name: 'all', backends: [{ service }] }];
  const documents = stored(
    { service: 'shop', routes: route('legacy') } as { service: string },
    { service: 'gate', routes: route('shop') } as { service: string },
    { service: 'outer', routes: route('gate') } as { service: string },
    { service: 'legacy', versions: { v1: { url: 'https://legacy.test' } } } as { service: string },
    { service: 'other', routes: route('stranger') } as { service: string },
    { service: 'partner', egress: { hosts: ['api.test'] } } as { service: string },
  );
  const source = { worker: 'shop', services: [] } as unknown as SourceWorker;
  const kept = Object.keys(relevantDocuments(documents, [source], undefined));
  expect(kept.map((key) => key.slice('service/'.length))).toEqual(['shop', 'gate', 'outer', 'legacy', 'partner']);
});

describe('the derived mesh', () => {
  const source = (name: string): SourceWorker => ({
    configPath: `/${name}/wrangler.toml`,
    directory: `/${name}`,
    worker: name,
    name: `${name}-live`,
    services: [{ binding: 'SELVEDGE_EGRESS_0', target: 'elsewhere' }],
    durableObjectScripts: [],
    compatibilityFlags: [],
    hasAssets: false,
  });
  const plan = planMesh({
    environment: 'live',
    workers: [source('shop'), source('pay')],
    documents: [
      { service: 'gate', workers: [], peers: ['shop', 'pay', 'gate', 'nowhere'] },
      { service: 'pay', workers: ['pay'], egressHosts: ['Api.Pay.test'], urlHosts: ['bank.test'] },
    ],
    facts: { shop: { runtime: true }, pay: { runtime: true } },
    egress: { mode: 'registry-only', hosts: ['*.Open.test'] },
  });

  test('an edge is bound to the edges of the services that its routes name, and not to its own', () => {
    const gateway = plan.edges.find(({ service }) => service === 'gate');
    expect(gateway).toMatchObject({
      name: 'gate-edge-live',
      peers: { pay: 'PEER_0', shop: 'PEER_1' },
      peerBindings: [
        {
          binding: 'PEER_0',
          target: 'pay-edge-live',
          entrypoint: 'Mesh',
          props: { caller: 'gate', service: 'pay', upstream: 'default' },
        },
        { binding: 'PEER_1', target: 'shop-edge-live' },
      ],
    });
    expect(plan.notes.join()).toContain('names the service nowhere, which the mesh has not');
    expect(plan.topology.services.shop?.callers).toEqual(['gate']);
  });

  test('a binding to an entrypoint leads to no other service, and the plan says so', () => {
    const caller = { ...source('shop'), services: [{ binding: 'ADMIN', target: 'gate', entrypoint: 'Admin' }] };
    const { notes } = planMesh({
      workers: [caller, { ...source('pay'), services: [] }],
      documents: [{ service: 'gate', workers: [], peers: ['pay'] }],
      facts: {},
    });
    expect(notes.join()).toContain('gate: bindings to it ask for an entrypoint or props (ADMIN)');
  });

  test('a Worker gets a binding to each service that stands for hosts outside, but not to its own', () => {
    const [first, second] = plan.workers;
    expect(first?.egress).toEqual({ 'api.pay.test': 'SELVEDGE_EGRESS_1' });
    expect(first?.services.at(-1)).toMatchObject({
      binding: 'SELVEDGE_EGRESS_1',
      target: 'pay-edge-live',
      props: { caller: 'shop', service: 'pay' },
    });
    expect(second?.egress).toEqual({});
    expect(plan.topology.services.pay?.callers).toEqual(['gate', 'shop']);
  });

  test('the known hosts are those of the mesh document, of services that stand for some, and of URLs', () => {
    expect(plan.knownHosts).toEqual(['*.open.test', 'api.pay.test', 'bank.test']);
  });
});
