/** Ports of workloads, of which Istio's policies speak, as ports of Services, which callers call. */

import { conditionPort } from '../../../core/access/condition-key.ts';
import { ownEntry } from '../../../core/own-entry.ts';
import type { Cluster, KubernetesService, ServicePort, Workload } from '../../manifests/cluster.ts';
import type { Located } from '../../manifests/located.ts';

/** Answers the ports that lead to one of a workload; the port itself where nothing is known of it. */
export type PortsOf = (workloadPort: number, where: Located) => readonly number[];

/** The ports of one Service. */
export function servicePorts(service: KubernetesService | undefined, cluster: Cluster): PortsOf {
  return (workloadPort, where) => {
    const services = service === undefined ? [] : [service];
    const found = services.flatMap((one) => leadingTo(workloadPort, one, cluster));
    return found.length === 0 ? itself(workloadPort, where, services, cluster) : found;
  };
}

/** The ports of whatever Service: a rule that keeps callers out takes those of all, any other one needs them to agree. */
export function anyServicePorts(cluster: Cluster, isGuard: boolean): PortsOf {
  return (workloadPort, where) => {
    const each = cluster
      .servicesIn()
      .map((service) => leadingTo(workloadPort, service, cluster))
      .filter((ports) => ports.length > 0);
    const all = [...new Set(each.flat())].sort((one, other) => one - other);
    if (!isGuard && each.some((ports) => ports.length < all.length))
      where.refuse(`services of the input have different ports for the workload port ${workloadPort}`);
    return all.length === 0 ? itself(workloadPort, where, cluster.servicesIn(), cluster) : all;
  };
}

/** The ports of all Services before one workload. */
export function podPorts(pod: Workload, cluster: Cluster): PortsOf {
  return (workloadPort, where) => {
    const before = cluster.servicesIn(pod.namespace).filter((service) => cluster.podsOf(service).includes(pod));
    const found = before.flatMap((service) => leadingTo(workloadPort, service, cluster));
    return found.length === 0 ? itself(workloadPort, where, before, cluster) : [...new Set(found)];
  };
}

/**
 * A port to which none of the Services leads. Where one of them has a port of that number, which leads elsewhere, the rule would be about
 * calls that it is not about in Istio.
 */
function itself(workloadPort: number, where: Located, services: readonly KubernetesService[], cluster: Cluster) {
  for (const service of services) {
    const called = service.ports.find(({ port }) => port === workloadPort);
    const [target] = called === undefined ? [] : targetsOf(called, service, cluster);
    if (target !== undefined)
      where.refuse(
        `ports of policies are those of workloads, and the port ${workloadPort} of ${service.name} leads to ${target}`,
        `"${target}"`,
      );
  }
  return [workloadPort];
}

/** Of what is called at the very ports that it has. */
export const ownPorts: PortsOf = (port) => [port];

function leadingTo(workloadPort: number, service: KubernetesService, cluster: Cluster): number[] {
  const numbers = service.ports
    .filter((port) => targetsOf(port, service, cluster).includes(workloadPort))
    .map(({ port }) => port);
  return [...new Set(numbers)].sort((one, other) => one - other);
}

/** The workload ports to which a port of a Service leads; a named one may be another in each workload. */
export function targetsOf({ target }: ServicePort, service: KubernetesService, cluster: Cluster): number[] {
  return typeof target === 'number'
    ? [target]
    : cluster.podsOf(service).flatMap(({ ports }) => ownEntry(ports, target) ?? []);
}

/** A port as an AuthorizationPolicy writes it: as text. */
export function readPort(where: Located): number | undefined {
  const text = where.text();
  if (text === undefined) return undefined;
  const port = conditionPort(text);
  if (port === undefined) where.wrong('a port from 1 to 65535, as text');
  return port;
}
