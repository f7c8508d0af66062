/** The upstream table of an edge: a binding for each Worker behind it and each (entrypoint, props) that callers ask for. */

import { defaultUpstream, edgeProp, type UpstreamBinding, type UpstreamTable } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { ServiceBinding, SourceWorker } from '../configs/source-worker.ts';
import type { PlannedBinding } from './mesh-plan.ts';
import type { PlanInput } from './plan-input.ts';

/** `authorisers` are asked by access rules, at their default entrypoint, whatever the service's callers ask for. */
export function planUpstreams(
  service: string,
  behind: readonly SourceWorker[],
  authorisers: readonly SourceWorker[],
  demands: ReadonlyMap<string, ServiceBinding>,
  facts: PlanInput['facts'],
): { readonly upstreams: UpstreamTable; readonly bindings: readonly PlannedBinding[] } {
  const upstreams: Record<string, Record<string, UpstreamBinding>> = { [defaultUpstream]: {} };
  const bindings: PlannedBinding[] = [];
  const keys = [defaultUpstream, ...[...demands.keys()].filter((key) => key !== defaultUpstream).sort()];
  for (const key of keys) {
    const demand = demands.get(key);
    const table = new Map<string, UpstreamBinding>();
    for (const source of key === defaultUpstream ? [...behind, ...authorisers] : behind) {
      const fact = ownEntry(facts, source.worker);
      const entrypoint = demand?.entrypoint === 'default' ? undefined : demand?.entrypoint;
      // A binding to an entrypoint that is not exported keeps workerd from starting; a version may lack one that another has.
      if (entrypoint !== undefined && fact?.exports !== undefined && !fact.exports.includes(entrypoint)) continue;
      const binding = `UPSTREAM_${bindings.length}`;
      const runtime = fact?.runtime ?? false;
      table.set(source.worker, { binding, runtime });
      const props = runtime ? { ...demand?.props, [edgeProp]: service } : demand?.props;
      bindings.push({
        binding,
        target: source.name,
        ...(entrypoint === undefined ? {} : { entrypoint }),
        ...(props === undefined ? {} : { props }),
      });
    }
    upstreams[key] = Object.fromEntries(table);
  }
  return { upstreams, bindings };
}
