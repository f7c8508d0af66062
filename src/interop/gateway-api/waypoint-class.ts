/** Gateways that are none: Istio's ambient mode declares its proxies inside of the mesh by the same kind. */
import type { Manifest } from '../manifests/manifest.ts';

export const waypointClass = 'istio-waypoint';

export function isWaypoint({ spec }: Manifest): boolean {
  return spec.get('gatewayClassName').value === waypointClass;
}
