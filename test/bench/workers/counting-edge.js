/**
 * The edge with its bindings counted: each KV key read and each request to a Durable Object, on their way to the real binding. Only
 * the count of operations runs through it, never the measurement of CPU time.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { Mesh as Edge } from './index.js';

const counts = { kvReads: 0, durableObjectRequests: 0 };
let counted;

export class Mesh extends Edge {
  constructor(ctx, env) {
    counted ??= { ...env, REGISTRY: countedKv(env.REGISTRY), TELEMETRY: countedNamespace(env.TELEMETRY) };
    super(ctx, counted);
  }
}

/** What this isolate has counted. */
export class Counts extends WorkerEntrypoint {
  fetch() {
    return Response.json(counts);
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };

function countedKv(kv) {
  const read = (name) => (keys, options) => {
    counts.kvReads += Array.isArray(keys) ? keys.length : 1;
    return kv[name](keys, options);
  };
  return { get: read('get'), getWithMetadata: read('getWithMetadata') };
}

function countedNamespace(namespace) {
  return {
    idFromName: (name) => namespace.idFromName(name),
    get: (id) => countedStub(namespace.get(id)),
    getByName: (name) => countedStub(namespace.getByName(name)),
  };
}

function countedStub(stub) {
  return new Proxy(
    {},
    {
      get: (_, method) => {
        return (...args) => {
          counts.durableObjectRequests++;
          return stub[method](...args);
        };
      },
    },
  );
}
