import { describe, expect, test } from 'vitest';
import { edgeProp } from '../../../src/core/configs/edge-config.ts';
import type { ServiceBinding, SourceWorker } from '../../../src/derive/configs/source-worker.ts';
import { planMesh } from '../../../src/derive/plan/plan.ts';
import type { DocumentedService, PlanInput } from '../../../src/derive/plan/plan-input.ts';

function worker(
  name: string,
  services: readonly ServiceBinding[] = [],
  more: Partial<SourceWorker> = {},
): SourceWorker {
  return {
    configPath: `/${name}/wrangler.toml`,
    directory: `/${name}`,
    worker: name,
    name,
    services,
    durableObjectScripts: [],
    compatibilityFlags: [],
    main: `/${name}/index.js`,
    hasAssets: false,
    ...more,
  };
}

function to(target: string, more: Partial<ServiceBinding> = {}): ServiceBinding {
  return { binding: target.toUpperCase().replaceAll('-', '_'), target, ...more };
}

function plan(
  workers: readonly SourceWorker[],
  documents: readonly DocumentedService[] = [],
  more: Partial<PlanInput> = {},
) {
  const facts = Object.fromEntries(workers.map((source) => [source.worker, { runtime: true }]));
  return planMesh({ workers, documents, facts, ...more });
}

const table: readonly {
  readonly name: string;
  readonly workers: readonly SourceWorker[];
  readonly documents?: readonly DocumentedService[];
  readonly services: readonly string[];
  readonly callers?: Readonly<Record<string, string>>;
  readonly reach?: Readonly<Record<string, readonly string[]>>;
}[] = [
  {
    name: 'a Worker that nobody calls is a service too',
    workers: [worker('shop', [to('pay')]), worker('pay')],
    services: ['pay', 'shop'],
    reach: { shop: ['shop'], pay: ['pay'] },
  },
  {
    name: 'a Worker that a document lists as a version of another service is no service of its own, and calls as that service',
    workers: [worker('pay'), worker('pay-next', [to('bank')]), worker('bank')],
    documents: [{ service: 'pay', workers: ['pay', 'pay-next'] }],
    services: ['bank', 'pay'],
    callers: { 'pay-next': 'pay' },
    reach: { pay: ['pay', 'pay-next'] },
  },
  {
    name: 'a listed version to which somebody has a binding stays a service',
    workers: [worker('shop', [to('pay-v2')]), worker('pay'), worker('pay-v2')],
    documents: [{ service: 'pay', workers: ['pay', 'pay-v2'] }],
    services: ['pay', 'pay-v2', 'shop'],
    callers: { 'pay-v2': 'pay-v2' },
  },
  {
    name: 'a version that two services list calls under its own name',
    workers: [worker('a'), worker('b'), worker('both')],
    documents: [
      { service: 'a', workers: ['a', 'both'] },
      { service: 'b', workers: ['b', 'both'] },
    ],
    services: ['a', 'b'],
    callers: { both: 'both' },
    reach: { a: ['a', 'both'], b: ['b', 'both'] },
  },
  {
    name: 'without documents, a Worker named after a service can become its version by an edit of the document alone',
    workers: [worker('pay'), worker('pay-v2'), worker('payroll')],
    services: ['pay', 'pay-v2', 'payroll'],
    reach: { pay: ['pay', 'pay-v2'], 'pay-v2': ['pay-v2'], payroll: ['payroll'] },
  },
  {
    name: 'the longest service name claims a Worker',
    workers: [worker('pay'), worker('pay-card'), worker('pay-card-v2')],
    services: ['pay', 'pay-card', 'pay-card-v2'],
    reach: { pay: ['pay', 'pay-card'], 'pay-card': ['pay-card', 'pay-card-v2'] },
  },
  {
    name: 'a Worker that another service lists is not claimed by name',
    workers: [worker('pay'), worker('pay-old'), worker('archive')],
    documents: [{ service: 'archive', workers: ['archive', 'pay-old'] }],
    services: ['archive', 'pay'],
    reach: { pay: ['pay'], archive: ['pay-old', 'archive'] },
  },
  {
    name: 'a service that only a document describes has an edge, and bindings find it',
    workers: [worker('shop', [to('legacy')])],
    documents: [{ service: 'legacy', workers: [] }],
    services: ['legacy', 'shop'],
    reach: { legacy: [] },
  },
];

describe('services, callers and reach', () => {
  test.each(table)('$name', ({ workers, documents, services, callers, reach }) => {
    const planned = plan(workers, documents);
    expect(planned.edges.map((edge) => edge.service)).toEqual(services);
    for (const [name, caller] of Object.entries(callers ?? {})) {
      expect(planned.workers.find(({ source }) => source.worker === name)?.caller).toBe(caller);
    }
    for (const [service, workersBehind] of Object.entries(reach ?? {})) {
      expect(planned.topology.services[service]?.workers).toEqual(workersBehind);
    }
  });
});

test.each(['constructor', '__proto__'])('a Worker called %s is planned like any other', (name) => {
  const planned = (callee: string): string => {
    const documents = [{ service: callee, workers: [callee], egressHosts: [callee] }];
    return JSON.stringify(plan([worker('shop', [to(callee, { binding: 'BACK' })]), worker(callee)], documents));
  };
  expect(planned(name)).toBe(planned('backend').replaceAll('backend', name));
});

describe('bindings', () => {
  test('a binding to a service leads to its edge, with props that name caller, service and upstream', () => {
    const planned = plan([worker('shop', [to('pay')]), worker('pay')]);
    expect(planned.workers[0]?.services).toEqual([
      {
        binding: 'PAY',
        target: 'pay-edge',
        entrypoint: 'Mesh',
        props: { caller: 'shop', service: 'pay', upstream: 'default' },
      },
    ]);
    expect(planned.workers[0]?.meshBindings).toEqual(['PAY']);
    expect(planned.topology.services.pay?.callers).toEqual(['shop']);
  });

  test('a caller without the runtime gets the door that takes every RPC method', () => {
    const planned = plan([worker('old', [to('pay')]), worker('pay')], [], {
      facts: { old: { runtime: false }, pay: { runtime: true } },
    });
    expect(planned.workers[0]?.services[0]?.entrypoint).toBe('MeshRpc');
    expect(planned.edges.find((edge) => edge.service === 'old')?.upstreams.default?.old?.runtime).toBe(false);
  });

  test('each distinct entrypoint and props is an upstream of its own; the same wish is the same upstream', () => {
    const planned = plan([
      worker('a', [
        to('pay', { binding: 'ADMIN', entrypoint: 'Admin' }),
        to('pay', { binding: 'AS_A', props: { role: 'a', of: { x: 1, y: 2 } } }),
      ]),
      worker('b', [
        to('pay', { binding: 'AS_A', props: { of: { y: 2, x: 1 }, role: 'a' } }),
        to('pay', { binding: 'DEFAULT', entrypoint: 'default' }),
      ]),
      worker('pay'),
    ]);
    const keys = planned.workers.flatMap(({ services }) => services.map(({ props }) => props?.upstream));
    expect(keys[0]).toBe('Admin');
    expect(keys[1]).toMatch(/^default\.[0-9a-f]{8}$/);
    expect(keys[2]).toBe(keys[1]);
    expect(keys[3]).toBe('default');
    const edge = planned.edges.find(({ service }) => service === 'pay');
    expect(Object.keys(edge?.upstreams ?? {}).sort()).toEqual(['Admin', 'default', keys[1]].sort());
    expect(edge?.bindings).toEqual([
      { binding: 'UPSTREAM_0', target: 'pay', props: { [edgeProp]: 'pay' } },
      { binding: 'UPSTREAM_1', target: 'pay', entrypoint: 'Admin', props: { [edgeProp]: 'pay' } },
      { binding: 'UPSTREAM_2', target: 'pay', props: { role: 'a', of: { x: 1, y: 2 }, [edgeProp]: 'pay' } },
    ]);
  });

  test('an upstream holds every version that exports the entrypoint, and no other', () => {
    const planned = plan(
      [worker('a', [to('pay', { entrypoint: 'Admin' })]), worker('pay'), worker('pay-v2')],
      [{ service: 'pay', workers: ['pay', 'pay-v2'] }],
      {
        facts: {
          a: { runtime: true },
          pay: { runtime: true, exports: ['default', 'Admin'] },
          'pay-v2': { runtime: true, exports: ['default'] },
        },
      },
    );
    const edge = planned.edges.find(({ service }) => service === 'pay');
    expect(Object.keys(edge?.upstreams.default ?? {})).toEqual(['pay', 'pay-v2']);
    expect(Object.keys(edge?.upstreams.Admin ?? {})).toEqual(['pay']);
  });

  test("a Worker without the runtime sees the user's props alone, and none where there are none", () => {
    const planned = plan([worker('a', [to('pay'), to('pay', { binding: 'AS', props: { x: 1 } })]), worker('pay')], [], {
      facts: { a: { runtime: true }, pay: { runtime: false } },
    });
    expect(planned.edges.find(({ service }) => service === 'pay')?.bindings).toEqual([
      { binding: 'UPSTREAM_0', target: 'pay' },
      { binding: 'UPSTREAM_1', target: 'pay', props: { x: 1 } },
    ]);
  });

  test('self bindings and cycles go through edges like any other', () => {
    const planned = plan([worker('a', [to('a', { binding: 'SELF' }), to('b')]), worker('b', [to('a')])]);
    expect(planned.workers[0]?.services.map(({ target }) => target)).toEqual(['a-edge', 'b-edge']);
    expect(planned.edges[0]?.declared).toEqual(['a', 'b']);
  });

  test('two bindings to one service, odd names included, stay two', () => {
    const planned = plan([
      worker('a', [to('b', { binding: 'get' }), to('b', { binding: 'not an identifier' })]),
      worker('b'),
    ]);
    expect(planned.workers[0]?.services.map(({ binding }) => binding)).toEqual(['get', 'not an identifier']);
  });

  test.each([
    { name: 'the plain name, where a Worker has it', workers: ['pay', 'pay-staging'], target: 'pay-edge' },
    { name: "the name that wrangler's environments make", workers: ['pay-staging'], target: 'pay-staging-edge' },
  ])('the environment key of a binding means $name', ({ workers, target }) => {
    const planned = plan([
      worker('shop', [to('pay', { more: { environment: 'staging' } })]),
      ...workers.map((name) => worker(name)),
    ]);
    expect(planned.workers[0]?.services[0]).toEqual({
      binding: 'PAY',
      target,
      entrypoint: 'Mesh',
      props: expect.anything(),
    });
  });

  test('a remote binding to a Worker of the mesh leads to its edge, with a word', () => {
    const planned = plan([worker('shop', [to('pay', { more: { remote: true } })]), worker('pay')]);
    expect(planned.workers[0]?.services[0]).not.toHaveProperty('more');
    expect(planned.notes).toEqual(['shop: binding PAY is remote, and leads to the edge of pay in this mesh']);
  });

  test('workflows and tail consumers of Workers outside the mesh are told', () => {
    const planned = plan([worker('a', [], { otherScripts: ['flows', 'b'] }), worker('b')]);
    expect(planned.absent).toEqual(['flows']);
    expect(planned.notes.join('\n')).toContain('names flows, which is not in the mesh');
  });

  test('a Worker without the runtime says so, and why; one that has only assets has nothing to say', () => {
    const planned = plan([worker('old'), worker('pages', [], { main: undefined })], [], {
      facts: { old: { runtime: false, obstacle: 'it is written in Python' }, pages: { runtime: false } },
    });
    expect(planned.notes).toEqual([
      'old: no in-Worker runtime (it is written in Python); its outgoing calls begin traces of their own, and it cannot refuse calls that come past its edge',
    ]);
  });

  test('a binding to a Worker outside the mesh stays as it is, with a word', () => {
    const outside = to('elsewhere', { entrypoint: 'Api', props: { a: 1 }, more: { environment: 'production' } });
    const planned = plan([worker('a', [outside], { durableObjectScripts: ['objects'] })]);
    expect(planned.workers[0]?.services).toEqual([outside]);
    expect(planned.workers[0]?.meshBindings).toEqual([]);
    expect(planned.absent).toEqual(['elsewhere', 'objects']);
    expect(planned.notes.join('\n')).toContain('ELSEWHERE names elsewhere, which is not in the mesh');
  });
});

describe('environments', () => {
  const staged = [
    worker('shop', [to('pay-staging', { binding: 'PAY' })], { name: 'shop-staging' }),
    worker('pay', [], { name: 'pay-staging' }),
    worker('mail', [], { name: 'post-of-staging' }),
  ];

  test('names of services are the same in each environment; names of Workers and edges are not', () => {
    const planned = plan(staged, [], { environment: 'staging' });
    expect(planned.edges.map(({ service, name }) => [service, name])).toEqual([
      ['mail', 'mail-edge-staging'],
      ['pay', 'pay-edge-staging'],
      ['shop', 'shop-edge-staging'],
    ]);
    expect(planned.workers[0]?.services[0]).toEqual({
      binding: 'PAY',
      target: 'pay-edge-staging',
      entrypoint: 'Mesh',
      props: { caller: 'shop', service: 'pay', upstream: 'default' },
    });
    expect(planned.edges[0]?.bindings).toEqual([
      { binding: 'UPSTREAM_0', target: 'post-of-staging', props: { [edgeProp]: 'mail' } },
    ]);
  });

  test('each environment is a mesh of its own: KV namespace and trust domain', () => {
    expect(plan(staged, [], { environment: 'staging' })).toMatchObject({
      registryId: 'selvedge-registry-staging',
      trustDomain: 'staging.mesh.local',
    });
    expect(plan([worker('a')])).toMatchObject({ registryId: 'selvedge-registry', trustDomain: 'mesh.local' });
    expect(plan([worker('a')], [], { trustDomain: 'shop.example' }).trustDomain).toBe('shop.example');
  });

  test('a binding that names the Worker of another environment is outside this mesh', () => {
    const planned = plan(
      [worker('shop', [to('pay')], { name: 'shop-staging' }), worker('pay', [], { name: 'pay-staging' })],
      [],
      { environment: 'staging' },
    );
    expect(planned.absent).toEqual(['pay']);
  });
});

test.each([
  { name: 'two configs of one name', workers: [worker('a'), worker('a')], error: /both describe a Worker named a/ },
  {
    name: 'a prop with the name of the mark of an edge',
    workers: [worker('a', [to('b', { props: { [edgeProp]: 'b' } })]), worker('b')],
    error: /\/a\/wrangler.toml: binding B has a prop named "selvedge:edge"/,
  },
  { name: 'a Worker with the name of an edge', workers: [worker('a'), worker('a-edge')], error: /a-edge is taken/ },
])('refused: $name', ({ workers, error }) => {
  expect(() => plan(workers)).toThrow(error);
});

describe('external authorisers', () => {
  const workers = [worker('pay', [to('bank')]), worker('bank'), worker('opa'), worker('authz')];
  const authorisers = { services: ['authz'], workers: ['opa'] };

  test('a service that a rule asks is bound by its edge, a Worker stands in the upstream table', () => {
    const { edges } = plan(workers, [{ service: 'bank', workers: ['bank'], authorisers }]);
    const bank = edges.find(({ service }) => service === 'bank');
    expect(bank?.peers).toEqual({ authz: 'PEER_0' });
    expect(bank?.peerBindings).toMatchObject([{ target: 'authz-edge', props: { caller: 'bank', service: 'authz' } }]);
    expect(bank?.upstreams.default).toEqual({
      bank: { binding: 'UPSTREAM_0', runtime: true },
      opa: { binding: 'UPSTREAM_1', runtime: true },
    });
    expect(edges.find(({ service }) => service === 'authz')?.declared).toEqual(['bank']);
    expect(edges.map(({ service }) => service)).toEqual(['authz', 'bank', 'opa', 'pay']);
  });

  test('it is asked at its default entrypoint only', () => {
    const special = [worker('pay', [to('bank', { entrypoint: 'Admin' })]), worker('bank'), worker('opa')];
    const { edges } = plan(special, [
      { service: 'bank', workers: ['bank'], authorisers: { services: [], workers: ['opa'] } },
    ]);
    const { upstreams } = edges.find(({ service }) => service === 'bank') ?? {};
    expect(Object.keys(upstreams?.Admin ?? {})).toEqual(['bank']);
  });

  test('those of the mesh are for services without a document, and none asks itself', () => {
    const { edges } = plan(workers, [{ service: 'pay', workers: ['pay'] }], { authorisers });
    const peersOf = Object.fromEntries(edges.map(({ service, peers }) => [service, Object.keys(peers)]));
    expect(peersOf).toEqual({ authz: [], bank: ['authz'], opa: ['authz'], pay: [] });
  });

  test('one that the mesh has not is told', () => {
    const { notes } = plan([worker('pay')], [{ service: 'pay', workers: ['pay'], authorisers }]);
    expect(notes.join('\n')).toMatch(/the Worker opa, which the mesh has not/);
    expect(notes.join('\n')).toMatch(/the service authz, which the mesh has not/);
  });
});
