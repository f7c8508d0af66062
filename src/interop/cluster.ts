/** What the objects around routes say: which services, workloads and namespaces there are. They are facts, and become no documents. */
import type { Manifest } from './manifest.ts';
import type { Names } from './names.ts';

export interface KubernetesService {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  /** None where its endpoints are given by hand. */
  readonly selector: Readonly<Record<string, string>> | undefined;
}

interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout']);

/** Whether labels have all that is wanted of them. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

export class Cluster {
  private readonly services = new Map<string, KubernetesService>();
  /** Namespaces with services. */
  private readonly served = new Set<string>();
  private readonly workloads: Workload[] = [];
  private readonly namespaces = new Map<string, Labels>();
  private readonly accounts: { readonly namespace: string; readonly name: string }[] = [];

  /** `members` names the services of namespaces of which there is no manifest. */
  constructor(
    manifests: readonly Manifest[],
    readonly names: Names,
    private readonly members: Readonly<Record<string, readonly string[]>>,
  ) {
    for (const manifest of manifests) {
      const { namespace, name, spec } = manifest;
      if (manifest.kind === 'Service' && manifest.group === '') {
        const selector = spec.get('selector');
        this.served.add(namespace);
        this.services.set(`${namespace}/${name}`, {
          namespace,
          name,
          ports: spec
            .get('ports')
            .items()
            .map((port) => ({ name: port.get('name').text() ?? '', port: port.get('port').number() ?? 0 })),
          selector: selector.present ? selector.texts() : undefined,
        });
        names.of('service', namespace, name);
      } else if (workloadKinds.has(manifest.kind)) {
        this.workloads.push({ namespace, name, labels: spec.get('template').get('metadata').get('labels').texts() });
        names.of('service', namespace, name);
      } else if (manifest.kind === 'Namespace') {
        this.namespaces.set(name, manifest.labels);
      } else if (manifest.kind === 'ServiceAccount' && name !== 'default') {
        this.accounts.push({ namespace, name });
        names.of('service', namespace, name);
      }
    }
  }

  /** Namespaces whose services were told beside the manifests. */
  memberNamespaces(): string[] {
    return Object.keys(this.members);
  }

  service(namespace: string, name: string): KubernetesService | undefined {
    return this.services.get(`${namespace}/${name}`);
  }

  /** Whether the input tells which services a namespace has, so that one that it does not have is missing. */
  knowsServicesOf(namespace: string): boolean {
    return this.served.has(namespace);
  }

  labelsOfNamespace(namespace: string): Labels {
    // Kubernetes gives every namespace this label.
    return { 'kubernetes.io/metadata.name': namespace, ...this.namespaces.get(namespace) };
  }

  /** Who calls from a namespace, by their names in the mesh. */
  callersOf(namespace: string): string[] {
    const found = [...this.services.values(), ...this.workloads, ...this.accounts]
      .filter((one) => one.namespace === namespace)
      .map(({ name }) => this.names.of('service', namespace, name));
    const given = (this.members[namespace] ?? []).map((name) => this.names.of('service', namespace, name));
    return [...new Set([...found, ...given])].sort();
  }

  /** Whether one service's workloads are among those of another: `orders-v2` is a part of `orders`. */
  isPartOf(part: KubernetesService, whole: KubernetesService): boolean {
    if (part.selector === undefined || whole.selector === undefined) return false;
    return (
      part.namespace === whole.namespace &&
      Object.keys(whole.selector).length > 0 &&
      hasLabels(part.selector, whole.selector)
    );
  }

  /** The workloads of a service that have certain labels, by name. */
  workloadsOf(namespace: string, name: string, labels: Labels = {}): string[] {
    const selector = this.service(namespace, name)?.selector;
    if (selector === undefined) return [];
    return this.workloads
      .filter((one) => one.namespace === namespace && hasLabels(one.labels, selector) && hasLabels(one.labels, labels))
      .map((one) => one.name)
      .sort();
  }

  /**
   * The Workers behind a service: one with the service's name; where the input has several workloads of the service, one for each
   * workload.
   */
  workersOf(namespace: string, name: string): string[] {
    const workloads = this.workloadsOf(namespace, name);
    return (workloads.length > 1 ? workloads : [name]).map((one) => this.names.of('service', namespace, one));
  }
}
