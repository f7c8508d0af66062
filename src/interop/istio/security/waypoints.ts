/** Waypoints of Istio's ambient mode: proxies before services, as edges are. A policy for one is for the services that use it. */

import type { ImportContext } from '../../context.ts';
import { gatewayGroup } from '../../gateway-api/gateway.ts';
import { isWaypoint } from '../../gateway-api/waypoint-class.ts';
import type { Cluster, KubernetesService, Labels } from '../../manifests/cluster.ts';

interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** The services that use one of the waypoints that are asked for. */
export function waypointServices(
  { manifests, cluster }: ImportContext,
  isAskedFor: (waypoint: ObjectName) => boolean,
): KubernetesService[] {
  const waypoints = manifests.filter(
    (one) => one.group === gatewayGroup && one.kind === 'Gateway' && isWaypoint(one) && isAskedFor(one),
  );
  return cluster.servicesIn().filter((service) => {
    const used = waypointOf(service, cluster);
    return waypoints.some(({ namespace, name }) => used?.name === name && used.namespace === namespace);
  });
}

/** The waypoint that a service uses, whether the input has it or not; its own labels go before those of its namespace. */
export function waypointOf(service: KubernetesService, cluster: Cluster): ObjectName | undefined {
  const used = usedBy(service.labels, service) ?? usedBy(cluster.labelsOfNamespace(service.namespace), service);
  return used?.name === 'none' ? undefined : used;
}

function usedBy(labels: Labels, { namespace }: ObjectName): ObjectName | undefined {
  const name = labels['istio.io/use-waypoint'];
  if (name === undefined) return undefined;
  return { name, namespace: labels['istio.io/use-waypoint-namespace'] ?? namespace };
}
