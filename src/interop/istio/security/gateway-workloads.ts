/** The proxies that stand behind gateways: policies select them by labels, and rules name them as callers. */

import type { ImportContext } from '../../context.ts';
import type { Draft } from '../../documents/draft.ts';
import { gatewayGroup } from '../../gateway-api/gateway.ts';
import { isWaypoint } from '../../gateway-api/waypoint-class.ts';
import { hasLabels, type Labels } from '../../manifests/cluster.ts';
import { ownPorts, type PortsOf, podPorts } from './ports.ts';

export interface GatewayWorkload {
  readonly draft: Draft;
  /** The object that the gateway is, to be named by a policy. */
  readonly gateway: { readonly namespace: string; readonly name: string; readonly isIstio: boolean };
  /** `gatewayClassName` of one of the Gateway API. */
  readonly gatewayClass: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly accounts: readonly string[];
  readonly portsOf: PortsOf;
}

/** The label by which a proxy of the Gateway API is known. */
const gatewayName = 'gateway.networking.k8s.io/gateway-name';

/** The proxies of all gateways that became documents. */
export function gatewayWorkloads(
  { manifests, names, drafts, cluster }: ImportContext,
  istioGroup: string,
  rootNamespace: string,
): GatewayWorkload[] {
  return manifests.flatMap((manifest) => {
    const { group, kind, namespace, name } = manifest;
    const isIstio = group === istioGroup;
    if (kind !== 'Gateway' || !(isIstio || (group === gatewayGroup && !isWaypoint(manifest)))) return [];
    const draft = drafts.get(names.of('gateway', namespace, name));
    if (draft === undefined) return [];
    const gatewayClass = manifest.spec.get('gatewayClassName').text() ?? 'istio';
    const gateway = { namespace, name, isIstio };
    const known = { draft, gateway, gatewayClass };
    // As Istio labels a gateway that it deploys itself, and names its account.
    if (!isIstio) {
      const accounts = [`${name}-${gatewayClass}`];
      return [{ ...known, namespace, labels: { [gatewayName]: name }, accounts, portsOf: ownPorts }];
    }
    const selector = manifest.spec.get('selector').texts();
    const pods = cluster.workloadsIn().filter(({ labels }) => hasLabels(labels, selector));
    if (pods.length === 0) return [{ ...known, namespace: rootNamespace, ...installed(selector) }];
    return pods.map((pod) => ({
      ...known,
      namespace: pod.namespace,
      labels: pod.labels,
      accounts: pod.account === undefined ? [] : [pod.account],
      portsOf: podPorts(pod, cluster),
    }));
  });
}

/** The gateways of Istio's own installation, where the input does not have their Deployments. */
function installed(selector: Labels): Pick<GatewayWorkload, 'labels' | 'accounts' | 'portsOf'> {
  const role = selector.istio;
  const portsOf: PortsOf = (port) => [installedPorts.get(port) ?? port];
  if (role === undefined) return { labels: selector, accounts: [], portsOf };
  return { labels: { app: `istio-${role}`, ...selector }, accounts: [`istio-${role}-service-account`], portsOf };
}

/** Workload ports of Istio's own gateways, which are not allowed to listen below 1024. */
const installedPorts: ReadonlyMap<number, number> = new Map([
  [8080, 80],
  [8443, 443],
]);
