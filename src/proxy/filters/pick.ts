/** Chooses a backend by weight, anew for each attempt, and refuses the share of the traffic whose backend cannot be reached. */
import { MeshFailure } from '../../core/mesh-error.ts';
import { cumulativeWeights, pickIndex } from '../../core/split.ts';
import type { Endpoint } from '../../model/snapshot.ts';
import { underWay } from '../../telemetry/batch.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

export function pick({ deps, route }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const { backends, name } = route;
  const cumulative = cumulativeWeights(backends.map((backend) => backend.weight));
  return (call, next) => {
    const backend = backends[pickIndex(cumulative, deps.random())];
    if (backend === undefined) throw new MeshFailure({ code: 'no_backend', route: name });
    const { version, target } = backend;
    const endpoint = target.endpoints[0];
    if (endpoint === undefined) throw new MeshFailure({ code: 'no_endpoint', version });
    call.record.version = version;
    if (!deps.transport.resolves(endpoint, call.upstream, call.kind)) {
      const detail = nameOf(endpoint);
      throw new MeshFailure({ code: 'backend_unresolved', version, detail });
    }
    if (call.kind === 'rpc' && endpoint.kind === 'worker-version') {
      call.record.reason = `version ${version} cannot be chosen for RPC: the call went by the deployment's own split of ${endpoint.worker}`;
    }
    const record = {
      spanId: '',
      version,
      endpoint: nameOf(endpoint),
      startMs: 0,
      durationMs: underWay,
      status: 0,
      outcome: 'cancelled' as const,
    };
    return next({
      ...call,
      attempt: { backend, endpoint, record, signal: undefined, request: undefined, context: undefined },
    });
  };
}

/** How records and errors name an endpoint. */
function nameOf(endpoint: Endpoint): string {
  if (endpoint.kind === 'url') return new URL(endpoint.url).origin;
  return endpoint.kind === 'service' ? endpoint.service : endpoint.worker;
}
