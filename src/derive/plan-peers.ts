/** Bindings from one edge to another: what a document's routes send calls to beside its own versions. */
import { defaultUpstream, edgeEntrypoint, type MeshProps } from '../core/edge-config.ts';
import { edgeName } from './names.ts';
import type { DocumentedService, PlannedBinding, PlannedEdge } from './plan.ts';

/** The other services that a service's document names. A service that names itself gets no binding: its calls would go round. */
export function namedPeers(service: string, documents: readonly DocumentedService[]): readonly string[] {
  const document = documents.find((one) => one.service === service);
  return [...new Set(document?.peers ?? [])].filter((peer) => peer !== service).sort();
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
