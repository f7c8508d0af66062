/** Finds the document by which the call is judged, and lets a journey that begins here take its shard and its sampling decision from the mesh document. */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { mustRefuse } from '../../core/freshness.ts';
import { shardIndex } from '../../telemetry/batch.ts';
import { sampledByTraceId } from '../../telemetry/sampling.ts';
import type { Call, Filter, Service } from '../call.ts';
import type { Deps, Lookup } from '../deps.ts';

/** For every call. Throws `not_public` where no service answers under the host, `no_document`, and `stale_document`. */
export function snapshot(deps: Deps): Filter {
  return (call, next) => {
    if (call.service !== '') return lookUp(deps, call, call.service, next);
    const service = deps.registry.serviceForHost(call.host);
    if (service instanceof Promise) return service.then((name) => open(deps, call, name, next));
    return open(deps, call, service, next);
  };
}

function open(deps: Deps, call: Call, service: string | undefined, next: Service) {
  if (service === undefined) throw new MeshFailure({ code: 'not_public', host: call.host });
  call.record.service = service;
  return lookUp(deps, { ...call, service }, service, next);
}

function lookUp(deps: Deps, call: Call, service: string, next: Service) {
  const lookup = deps.registry.lookup(service, call.lifetime);
  if (lookup instanceof Promise) return lookup.then((found) => judge(deps, call, found, next));
  return judge(deps, call, lookup, next);
}

function judge(deps: Deps, call: Call, lookup: Lookup, next: Service) {
  if (!lookup.found) throw new MeshFailure({ code: 'no_document', service: call.service, detail: lookup.detail });
  const { mounted, ageMs, source, stale } = lookup.served;
  const { record } = call;
  record.revision = mounted.snapshot.revision;
  record.source = source;
  record.stale = stale;
  if (mustRefuse(ageMs, stale, mounted.snapshot.onStale, mounted.snapshot.authorise !== undefined)) {
    throw new MeshFailure({ code: 'stale_document', service: call.service, ageMs });
  }
  const { mesh } = mounted.snapshot;
  if (record.parentSpanId === '' || call.began !== undefined)
    record.sampled = sampledByTraceId(record.traceId, mesh.sampling);
  if (call.began === 'direct' && call.hops === 1) record.reason = 'the caller was itself called past its edge';
  // A shard beyond those of the mesh document would be written and never read.
  if ((shardIndex(record.shard) ?? mesh.shards) >= mesh.shards) record.shard = deps.telemetry.ownShard(mesh.shards);
  return next({ ...call, mounted });
}
