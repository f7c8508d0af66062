import type { MeshDocument } from '../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';

export const benchService = 'bench';

const mesh: MeshDocument = {
  mesh: 'bench',
  trustDomain: 'bench.local',
  telemetry: { sampling: '100%' },
};

/** What an edge of the benchmark reads from its registry. */
export interface BenchDocuments {
  readonly mesh: MeshDocument;
  readonly service: ServiceDocument;
}

const routeCount = 10;

/**
 * Everything on: ten routes with a header match, of which the last is the one that is called; five access rules, of which the last
 * allows it; both timeouts; retry armed; two versions, 90 to 10.
 */
const service: ServiceDocument = {
  service: benchService,
  versions: { v1: { worker: 'service-v1' }, v2: { worker: 'service-v2' } },
  routes: Array.from({ length: routeCount }, (_, index) => ({
    name: `user-${index + 1}`,
    matches: [
      { headers: [{ name: 'x-user', value: `user-${index + 1}` }] },
      ...(index + 1 === routeCount ? [{ rpc: 'ping' }] : []),
    ],
    timeouts: { request: '30s', backendRequest: '10s' },
    retry: { attempts: 2, codes: [502, 503, 504], backoff: '25ms' },
    backends: [
      { version: 'v1', weight: 90 },
      { version: 'v2', weight: 10 },
    ],
  })),
  access: {
    mode: 'strict',
    rules: [
      { action: 'deny', from: { principals: ['intruder'] } },
      { action: 'deny', to: { paths: ['/admin/*'], rpc: ['admin*'] } },
      { action: 'allow', from: { principals: ['orders'] }, to: { methods: ['POST'], paths: ['/charge'] } },
      { action: 'allow', from: { principals: ['reports'] }, to: { methods: ['GET'], paths: ['/reports/*'] } },
      {
        action: 'allow',
        from: { principals: ['driver'] },
        to: [{ methods: ['GET'], paths: ['/items/*'] }, { rpc: ['ping'] }],
      },
    ],
  },
};

export const everythingOn: BenchDocuments = { mesh, service };

/** The service as which the meshed driver is called; its timeout is the deadline that every call of its loop carries. */
export const driverService: BenchDocuments = {
  mesh,
  service: {
    service: 'driver',
    versions: { v1: { worker: 'meshed-driver' } },
    routes: [{ name: 'default', timeouts: { request: '120s' }, backends: [{ version: 'v1' }] }],
  },
};

/** The documents with one ingredient left out, by its name: what the edge then saves is what the ingredient costs. */
export const ingredients: Readonly<Record<string, BenchDocuments>> = {
  'access rules': { mesh, service: { ...service, access: undefined } },
  timeouts: { mesh, service: withRoutes(({ timeouts: _, ...rest }) => rest) },
  retry: { mesh, service: withRoutes(({ retry: _, ...rest }) => rest) },
  'stored traces': { mesh: { ...mesh, telemetry: { sampling: '0%' } }, service },
  '9 of the routes': { mesh, service: { ...service, routes: service.routes?.slice(-1) } },
  'second version': { mesh, service: withRoutes((route) => ({ ...route, backends: [{ version: 'v1' }] })) },
};

type RouteDocument = NonNullable<ServiceDocument['routes']>[number];

function withRoutes(change: (route: RouteDocument) => RouteDocument): ServiceDocument {
  return { ...service, routes: service.routes?.map(change) };
}
