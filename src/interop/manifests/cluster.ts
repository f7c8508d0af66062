/** What the objects around routes say: which services, workloads and namespaces there are. They are facts, and become no documents. */

import { ownEntry } from '../../core/own-entry.ts';
import type { Names } from '../names.ts';
import type { Located } from './located.ts';
import type { Manifest } from './manifest.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** Number or name of the workload's port; the port itself where the Service says none. */
  readonly target: number | string;
}

export interface KubernetesService {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly ServicePort[];
  /** None where its endpoints are given by hand. */
  readonly selector: Labels | undefined;
}

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The service account that it runs as; `undefined` where the manifest is shortened and does not tell. */
  readonly account: string | undefined;
  /** Numbers of named ports. */
  readonly ports: Readonly<Record<string, number>>;
}

export type Labels = Readonly<Record<string, string>>;

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Rollout']);

/** Whether labels have all that is wanted of them. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => ownEntry(labels, name) === value);
}

export class Cluster {
  private readonly services = new Map<string, KubernetesService>();
  /** Namespaces with services. */
  private readonly served = new Set<string>();
  private readonly workloads: Workload[] = [];
  /** Every policy asks for those of every service. */
  private readonly pods = new Map<KubernetesService, readonly Workload[]>();
  private readonly callers = new Map<string, readonly string[]>();
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
          labels: manifest.labels,
          ports: spec.get('ports').items().map(portOf),
          selector: selector.present ? selector.texts() : undefined,
        });
        names.of('service', namespace, name);
      } else if (workloadKinds.has(manifest.kind)) {
        this.workloads.push({ namespace, name, ...readTemplate(spec.get('template')) });
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

  /** Services of a namespace that were told beside the manifests. */
  membersOf(namespace: string): readonly string[] {
    return ownEntry(this.members, namespace) ?? [];
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
    const found = this.callerNames(namespace).map((name) => this.names.of('service', namespace, name));
    return [...new Set(found)].sort();
  }

  /** Who calls from a namespace, by their names in it: services, workloads, accounts. */
  callerNames(namespace: string): readonly string[] {
    const known = this.callers.get(namespace);
    if (known !== undefined) return known;
    const found = [...this.services.values(), ...this.workloads, ...this.accounts]
      .filter((one) => one.namespace === namespace)
      .map(({ name }) => name);
    const names = [...new Set([...found, ...this.membersOf(namespace)])].sort();
    this.callers.set(namespace, names);
    return names;
  }

  /** Whether the input tells of a caller with a name. */
  hasCaller(namespace: string, name: string): boolean {
    return this.callerNames(namespace).includes(name);
  }

  /** Namespaces of which the input has a service, a workload or an account, in alphabetical order. */
  inhabitedNamespaces(): string[] {
    const found = [...this.services.values(), ...this.workloads, ...this.accounts].map(({ namespace }) => namespace);
    return [...new Set([...found, ...this.memberNamespaces()])].sort();
  }

  /** Services of one namespace, or of all. */
  servicesIn(namespace?: string): KubernetesService[] {
    return [...this.services.values()].filter((one) => namespace === undefined || one.namespace === namespace);
  }

  /** Workloads of one namespace, or of all. */
  workloadsIn(namespace?: string): Workload[] {
    return this.workloads.filter((one) => namespace === undefined || one.namespace === namespace);
  }

  /** The workloads that a service's selector names. */
  podsOf(service: KubernetesService): readonly Workload[] {
    const known = this.pods.get(service);
    if (known !== undefined) return known;
    const { namespace, selector = {} } = service;
    const found = Object.keys(selector).length === 0 ? [] : this.workloadsIn(namespace);
    const pods = found.filter(({ labels }) => hasLabels(labels, selector));
    this.pods.set(service, pods);
    return pods;
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

function portOf(item: Located): ServicePort {
  const port = item.get('port').number() ?? 0;
  const { value } = item.get('targetPort');
  const target = typeof value === 'number' || typeof value === 'string' ? value : port;
  return { name: item.get('name').text() ?? '', port, target };
}

function readTemplate(template: Located): Pick<Workload, 'labels' | 'account' | 'ports'> {
  const labels = template.get('metadata').get('labels').texts();
  const spec = template.get('spec');
  const named = spec
    .get('containers')
    .items()
    .flatMap((container) => container.get('ports').items())
    .map((port) => [port.get('name').text() ?? '', port.get('containerPort').number() ?? 0] as const);
  const account = spec.get('serviceAccountName').text() || spec.get('serviceAccount').text();
  return {
    labels,
    // Kubernetes' own account, for pods that name none.
    account: account || (spec.get('containers').present ? 'default' : undefined),
    ports: Object.fromEntries(named),
  };
}
