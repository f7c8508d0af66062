/** Bindings from one edge to another: what a document's routes send calls to beside its own versions, and whom its access rules ask. */
import { defaultUpstream, edgeEntrypoint, type MeshProps } from '../../core/configs/edge-config.ts';
import type { Authorisers } from '../../model/references.ts';
import type { PlannedBinding, PlannedEdge } from './mesh-plan.ts';
import { edgeName } from './names.ts';
import type { PlanInput } from './plan-input.ts';

type Documents = Pick<PlanInput, 'documents' | 'authorisers'>;

/** Whom the access rules of a service may ask. */
export function authorisersOf(service: string, { documents, authorisers }: Documents): Authorisers {
  const document = documents.find((one) => one.service === service);
  return (document === undefined ? authorisers : document.authorisers) ?? { services: [], workers: [] };
}

/**
 * The other services that a service's routes send calls to, or that its access rules ask. A service that names itself gets no binding: its calls
 * would go round.
 */
export function namedPeers(service: string, input: Documents): readonly string[] {
  const routed = input.documents.find((one) => one.service === service)?.peers ?? [];
  const named = new Set([...routed, ...authorisersOf(service, input).services]);
  return [...named].filter((peer) => peer !== service).sort();
}

/** The edge of `service` calls each of `peers` as its Workers would. */
export function planPeers(
  service: string,
  peers: readonly string[],
  environment: string | undefined,
): Pick<PlannedEdge, 'peers' | 'peerBindings'> {
  const peerBindings = peers.map((peer, index): PlannedBinding => {
    const props: MeshProps = { caller: service, service: peer, upstream: defaultUpstream };
    return {
      binding: `PEER_${index}`,
      target: edgeName(peer, environment),
      entrypoint: edgeEntrypoint.mesh,
      props: { ...props },
    };
  });
  return { peers: Object.fromEntries(peers.map((peer, index) => [peer, `PEER_${index}`])), peerBindings };
}
