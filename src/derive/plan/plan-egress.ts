/** Calls out of the mesh: which hosts Workers may call, and which of them a service of the mesh stands for. */
import { defaultUpstream, edgeEntrypoint, type MeshProps } from '../../core/configs/edge-config.ts';
import type { SourceWorker } from '../configs/source-worker.ts';
import type { MeshPlan, PlannedBinding } from './mesh-plan.ts';
import { edgeName } from './names.ts';
import type { PlanInput } from './plan-input.ts';

interface WorkerEgress {
  /** Services that stand for hosts outside, whether or not the Worker can be made to call them. */
  readonly services: readonly string[];
  readonly bindings: readonly PlannedBinding[];
  /** `host pattern -> binding` */
  readonly hosts: Readonly<Record<string, string>>;
}

/**
 * A binding for each service that stands for hosts outside of the mesh, beside the user's own. A Worker of that very service has none: it
 * is the one that calls those hosts. Of services that list the same host, the first of the alphabet has it.
 */
export function planEgress(
  { services: own }: SourceWorker,
  caller: string,
  documents: PlanInput['documents'],
  environment: string | undefined,
): WorkerEgress {
  const standing = documents
    .filter(({ service, egressHosts = [] }) => egressHosts.length > 0 && service !== caller)
    .sort((one, other) => (one.service < other.service ? -1 : 1));
  const taken = new Set(own.map(({ binding }) => binding));
  const bindings: PlannedBinding[] = [];
  const hosts = new Map<string, string>();
  for (const { service, egressHosts = [] } of standing) {
    const binding = freeName(taken);
    const props: MeshProps = { caller, service, upstream: defaultUpstream };
    bindings.push({
      binding,
      target: edgeName(service, environment),
      entrypoint: edgeEntrypoint.mesh,
      props: { ...props },
    });
    for (const host of egressHosts.map((one) => one.toLowerCase())) if (!hosts.has(host)) hosts.set(host, binding);
  }
  return { services: standing.map(({ service }) => service), bindings, hosts: Object.fromEntries(hosts) };
}

function freeName(taken: Set<string>): string {
  let number = 0;
  while (taken.has(`SELVEDGE_EGRESS_${number}`)) number += 1;
  const name = `SELVEDGE_EGRESS_${number}`;
  taken.add(name);
  return name;
}

/** Where the mesh document says registry-only: its own hosts, those that services stand for, and those of URLs. */
export function knownHosts({ egress, documents }: PlanInput): Pick<MeshPlan, 'knownHosts'> {
  if (egress?.mode !== 'registry-only') return {};
  const named = documents.flatMap(({ egressHosts = [], urlHosts = [] }) => [...egressHosts, ...urlHosts]);
  return { knownHosts: [...new Set([...egress.hosts, ...named].map((host) => host.toLowerCase()))].sort() };
}
