import type { EdgeVars } from '../../core/configs/edge-config.ts';
import type { PlannedEdge } from '../plan/mesh-plan.ts';

/** The JSON vars of a derived edge. `hosts` is empty but in dev. */
export function edgeVars(edge: PlannedEdge, refreshSeconds: number, hosts: EdgeVars['HOSTS'] = {}): EdgeVars {
  return {
    SERVICES: [edge.service],
    UPSTREAMS: edge.upstreams,
    ...(edge.peerBindings.length === 0 ? {} : { PEERS: { [edge.service]: edge.peers } }),
    DECLARED: { [edge.service]: edge.declared },
    HOSTS: hosts,
    REFRESH_SECONDS: refreshSeconds,
  };
}
