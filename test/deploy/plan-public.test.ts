/** Who holds the public addresses of a Worker after a deployment. */
import { describe, expect, test } from 'vitest';
import { type PublicWorker, planPublic, strictServices } from '../../src/cli/deploy/plan/plan-public.ts';
import { coversHost, zoneNames } from '../../src/cli/deploy/plan/public-route.ts';

const shop = (more: Partial<PublicWorker> = {}): PublicWorker => ({
  worker: 'shop',
  name: 'shop',
  service: 'shop',
  hasAssets: false,
  routes: [{ pattern: 'shop.example.com/api/*', custom: false }],
  workersDev: false,
  ...more,
});
const document = (more: object) => ({ 'service/shop': JSON.stringify({ service: 'shop', ...more }) });
const plan = (worker: PublicWorker, documents: Readonly<Record<string, string>> = {}) =>
  planPublic([worker], documents);

interface Row {
  readonly name: string;
  readonly worker?: Partial<PublicWorker>;
  readonly document?: object;
  readonly mesh?: object;
  readonly keeps?: boolean;
  readonly moves?: readonly string[];
  readonly hosts?: readonly string[];
  readonly notes?: RegExp;
  readonly refusal?: RegExp;
}

const api = 'shop.example.com/api/*';
const rows: readonly Row[] = [
  {
    name: 'a route goes to the edge as it is, and an open document lists its host',
    moves: [api],
    hosts: ['shop.example.com'],
  },
  {
    name: 'two routes of one host list it once',
    worker: { routes: [api, 'shop.example.com/*'].map((pattern) => ({ pattern, custom: false })) },
    moves: [api, 'shop.example.com/*'],
    hosts: ['shop.example.com'],
  },
  {
    name: 'a written document that lists the host is left as it is',
    document: { public: { hosts: ['Shop.Example.com'] } },
    moves: [api],
  },
  {
    name: 'a written document that does not list it is refused',
    document: {},
    refusal: /public: \{ hosts: \[shop\.example\.com\] \}/,
  },
  {
    name: 'public.via: worker leaves all as it is',
    document: { public: { via: 'worker' } },
    keeps: true,
    notes: /says public\.via: worker/,
  },
  { name: 'so do static assets', worker: { hasAssets: true }, keeps: true, notes: /billed request/ },
  {
    name: 'public.via: edge moves the routes of a Worker with assets, and the plan says what that costs',
    worker: { hasAssets: true },
    document: { public: { via: 'edge', hosts: ['shop.example.com'] } },
    moves: [api],
    notes: /billed request/,
  },
  {
    name: 'a pattern for many hosts is refused, since an edge answers under named ones',
    worker: { routes: [{ pattern: '*.example.com/*', custom: false }] },
    refusal: /stands for many hosts/,
  },
  {
    name: 'unless the document names some of them',
    worker: { routes: [{ pattern: '*.example.com/*', custom: false }] },
    document: { public: { hosts: ['a.example.com'] } },
    moves: ['*.example.com/*'],
    notes: /\(a\.example\.com\); others of this pattern get 404/,
  },
  {
    name: 'strict and public past the edge cannot both be',
    document: { public: { via: 'worker' }, access: { mode: 'strict' } },
    keeps: true,
    notes: /./,
    refusal: /would refuse every call/,
  },
  {
    name: 'a service is strict by the defaults of the mesh too',
    document: { public: { via: 'worker' } },
    mesh: { defaults: { access: { mode: 'strict' } } },
    keeps: true,
    notes: /./,
    refusal: /access\.mode of shop is strict/,
  },
  {
    name: 'its own mode comes first',
    document: { public: { via: 'worker' }, access: { mode: 'permissive' } },
    mesh: { defaults: { access: { mode: 'strict' } } },
    keeps: true,
    notes: /stays with it, and calls that come by it pass no edge$/,
  },
  {
    name: 'an exception has no mode of the mesh',
    document: { public: { via: 'worker' }, access: { inherit: false } },
    mesh: { defaults: { access: { mode: 'strict' } } },
    keeps: true,
    notes: /./,
  },
  {
    name: 'a Worker with assets cannot be strict, which is said',
    worker: { hasAssets: true },
    document: { access: { mode: 'strict' } },
    keeps: true,
    notes: /strict refuses none/,
  },
  {
    name: 'a version keeps a host that the document of its service does not list',
    worker: { worker: 'shop-v2', name: 'shop-v2' },
    document: { public: { hosts: ['other.example.com'] } },
    keeps: true,
    notes: /stays with it, past the edge of shop/,
  },
  {
    name: 'and gives up one that it lists',
    worker: { worker: 'shop-v2', name: 'shop-v2' },
    document: { public: { hosts: ['shop.example.com'] } },
    moves: [api],
  },
  { name: 'without routes there is nothing to do', worker: { routes: [] } },
  {
    name: 'a service may be called as what every object has',
    worker: { worker: 'constructor', name: 'constructor', service: 'constructor' },
    moves: [api],
  },
];

test.each(rows)('$name', ({ worker, document: said, mesh, keeps = false, moves = [], hosts, notes, refusal }) => {
  const one = shop(worker);
  const ofMesh: Readonly<Record<string, string>> = mesh === undefined ? {} : { mesh: JSON.stringify(mesh) };
  const planned = plan(one, said === undefined ? {} : { ...document(said), ...ofMesh });
  expect(planned.keeps.has(one.name)).toBe(keeps);
  expect((planned.moves[one.name] ?? []).map(({ pattern }) => pattern)).toEqual(moves);
  expect(planned.hosts.shop).toEqual(hosts);
  expect(planned.notes.join('\n')).toMatch(notes ?? /^$/);
  expect(planned.refusals.join('\n')).toMatch(refusal ?? /^$/);
});

test('Workers are strict by their own documents, or by that of the mesh', () => {
  const documents = { ...document({}), 'service/open': JSON.stringify({ access: { mode: 'permissive' } }) };
  expect([...strictServices(documents)]).toEqual([]);
  const mesh = JSON.stringify({ defaults: { access: { mode: 'strict' } } });
  expect([...strictServices({ ...documents, mesh })]).toEqual(['shop']);
});

describe('hosts of patterns', () => {
  test.each([
    { pattern: 'shop.example.com', host: 'shop.example.com', covered: true },
    { pattern: 'shop.example.com', host: 'a.shop.example.com', covered: false },
    { pattern: '*.example.com', host: 'a.example.com', covered: true },
    { pattern: '*.example.com', host: 'example.com', covered: false },
    { pattern: '*example.com', host: 'example.com', covered: true },
    { pattern: '*', host: 'example.com', covered: true },
  ])('$pattern covers $host: $covered', ({ pattern, host, covered }) => {
    expect(coversHost(pattern, host)).toBe(covered);
  });

  test('a zone is looked for by the longest name first', () => {
    expect(zoneNames('*.shop.example.co.uk')).toEqual(['shop.example.co.uk', 'example.co.uk', 'co.uk']);
  });
});
