/** Which documents a policy of Istio's security API is about: by labels of workloads, by reference, by namespace, or all. */
import { ownEntry } from '../../../core/own-entry.ts';
import type { AccessDraft } from '../../documents/access-draft.ts';
import type { Draft } from '../../documents/draft.ts';
import { gatewayGroup } from '../../gateway-api/gateway.ts';
import { waypointClass } from '../../gateway-api/waypoint-class.ts';
import { importCode, isLoss } from '../../import-issue.ts';
import { hasLabels, type KubernetesService, type Labels } from '../../manifests/cluster.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { IstioInput } from '../istio-input.ts';
import type { GatewayWorkload } from './gateway-workloads.ts';
import { ownPorts, type PortsOf, servicePorts } from './ports.ts';
import { waypointOf, waypointServices } from './waypoints.ts';

/** A document that a policy is about. */
export interface PolicyTarget {
  readonly draft: Draft;
  readonly access: AccessDraft;
  readonly portsOf: PortsOf;
  /** Undefined for a gateway, and for a service of which there is no manifest. */
  readonly service: KubernetesService | undefined;
  readonly isService: boolean;
  /** False where the policy is about some of the service's workloads only. */
  readonly isWhole: boolean;
  /** False where Istio has only waypoints heed the policy, and the input has none before the service. */
  readonly isHeeded: boolean;
}

/** How far a policy reaches; the narrower one counts where a setting can have one value. */
export type PolicyLevel = 'mesh' | 'namespace' | 'workload';

export class PolicyTargets {
  constructor(
    private readonly input: IstioInput,
    private readonly rootNamespace: string,
    private readonly gateways: readonly GatewayWorkload[],
  ) {}

  allGateways(): readonly GatewayWorkload[] {
    return this.gateways;
  }

  levelOf(policy: Manifest): PolicyLevel {
    if (selectorOf(policy) !== undefined || refsOf(policy).length > 0) return 'workload';
    return policy.namespace === this.rootNamespace ? 'mesh' : 'namespace';
  }

  /** The documents of a policy that is not about the whole mesh; `isGuard`: it keeps callers out. */
  of(policy: Manifest, isGuard: boolean): PolicyTarget[] {
    const refs = refsOf(policy);
    const selector = selectorOf(policy);
    const { value: about, found } = this.input.context.report.during(() =>
      refs.length > 0 ? refs.flatMap((ref) => this.referred(ref, policy)) : this.selected(policy, selector),
    );
    if (isGuard && found.some(isLoss))
      policy.spec.opens('the policy keeps callers out, and not all that it is about is known');
    const unique = [...new Map(about.map((target) => [target.draft, target])).values()];
    if (unique.length === 0) this.tellNothing(policy, isGuard);
    return unique;
  }

  /**
   * A policy that selects nothing has no effect; where the input lacks what it might be about, that is not known. One that keeps
   * callers out may then be about a service that has a document, by its routes, and would be open without it.
   */
  private tellNothing(policy: Manifest, isGuard: boolean): void {
    const { root, spec, namespace } = policy;
    const { cluster, drafts } = this.input.context;
    const reach = namespace === this.rootNamespace && selectorOf(policy) !== undefined ? undefined : namespace;
    const isKnown = cluster.servicesIn(reach).length > 0;
    const mayOpen = [...drafts.values()].some(
      ({ host }) => host?.kind === 'service' && (reach === undefined || host.namespace === reach),
    );
    const where = spec.get('selector').present ? spec.get('selector') : root;
    const message = 'the input has nothing that the policy could be about';
    const expected = 'Services and Deployments beside it';
    if (isKnown) where.tell('warning', importCode.notAttached, 'the policy is about nothing in the input', '', false);
    else if (isGuard && mayOpen) where.opens(message, expected);
    else where.refuse(message, expected);
  }

  private selected(policy: Manifest, labels: Labels | undefined): PolicyTarget[] {
    const { namespace, root } = policy;
    const reach = namespace === this.rootNamespace && labels !== undefined ? undefined : namespace;
    const wanted = labels ?? {};
    const services = this.input.context.cluster.servicesIn(reach).flatMap((service) => {
      const share = this.shareOf(service, wanted, policy);
      return share === 'none' ? [] : [this.serviceTarget(service, root, share === 'all')];
    });
    const members = labels === undefined ? this.input.context.cluster.membersOf(namespace) : [];
    const gateways = this.gateways
      .filter((one) => (reach === undefined || one.namespace === reach) && hasLabels(one.labels, wanted))
      .map(({ draft, portsOf }) => plainTarget(draft, portsOf));
    return [...services, ...members.map((name) => this.namedTarget(namespace, name, root)), ...gateways];
  }

  private shareOf(service: KubernetesService, wanted: Labels, policy: Manifest): 'all' | 'some' | 'none' {
    const pods = this.input.context.cluster.podsOf(service);
    if (pods.length > 0) {
      const fitting = pods.filter(({ labels }) => hasLabels(labels, wanted));
      return fitting.length === 0 ? 'none' : fitting.length === pods.length ? 'all' : 'some';
    }
    const known = service.selector ?? {};
    if (hasLabels(known, wanted)) return 'all';
    const entries = Object.entries(wanted);
    const mayBe =
      entries.every(([name, value]) => (ownEntry(known, name) ?? value) === value) &&
      entries.some(([name]) => ownEntry(known, name));
    if (!mayBe) return 'none';
    policy.spec
      .get('selector')
      .unresolved(`the input has no workload of ${service.namespace}/${service.name}, which may have these labels`);
    return 'some';
  }

  private referred(ref: Located, policy: Manifest): PolicyTarget[] {
    const { context } = this.input;
    const { namespace, root } = policy;
    ref.only(['group', 'kind', 'name', 'namespace']);
    const [group = '', kind, name = ''] = ['group', 'kind', 'name'].map((field) => ref.get(field).text());
    if (name === '') ref.get('name').wrong('the name of an object');
    const its = ref.get('namespace').text();
    if (its && its !== namespace) ref.get('namespace').refuse('a policy is about objects of its own namespace');
    if (kind === 'Gateway' && group === gatewayGroup) {
      const own = this.gateways
        .filter(({ gateway }) => !gateway.isIstio && gateway.name === name && gateway.namespace === namespace)
        .map(({ draft, portsOf }) => plainTarget(draft, portsOf));
      const behind = waypointServices(context, (one) => one.name === name && one.namespace === namespace);
      return [...own, ...behind.map((service) => this.serviceTarget(service, root, true))];
    }
    if (kind === 'GatewayClass' && group === gatewayGroup) {
      if (namespace !== this.rootNamespace) {
        ref.pointless('Istio heeds a policy for a GatewayClass in the root namespace only');
        return [];
      }
      const behind = name === waypointClass ? waypointServices(context, () => true) : [];
      const own = this.gateways.filter(({ gateway, gatewayClass }) => !gateway.isIstio && gatewayClass === name);
      return [
        ...own.map(({ draft, portsOf }) => plainTarget(draft, portsOf)),
        ...behind.map((service) => this.serviceTarget(service, root, true)),
      ];
    }
    if (kind === 'Service' && (group === '' || group === 'core')) {
      const service = context.cluster.service(namespace, name);
      if (service === undefined) return [];
      const isHeeded = waypointOf(service, context.cluster) !== undefined;
      if (!isHeeded) tellUnheeded(ref);
      return [{ ...this.serviceTarget(service, root, true), isHeeded }];
    }
    if (kind === 'ServiceEntry') {
      const draft = context.drafts.get(context.names.of('external', namespace, name));
      return draft === undefined ? [] : [plainTarget(draft, ownPorts)];
    }
    ref.refuse(`a policy is about a Gateway, a GatewayClass, a Service or a ServiceEntry, and not about a ${kind}`);
    return [];
  }

  private namedTarget(namespace: string, name: string, origin: Located): PolicyTarget {
    const service = this.input.context.cluster.service(namespace, name);
    if (service !== undefined) return this.serviceTarget(service, origin, true);
    const draft = this.input.draftOf({ kind: 'service', namespace, name }, origin);
    return { ...plainTarget(draft, ownPorts), isService: true };
  }

  private serviceTarget(service: KubernetesService, origin: Located, isWhole: boolean): PolicyTarget {
    const { namespace, name } = service;
    const draft = this.input.draftOf({ kind: 'service', namespace, name }, origin);
    const portsOf = servicePorts(service, this.input.context.cluster);
    return { draft, access: draft.access, portsOf, service, isService: true, isWhole, isHeeded: true };
  }
}

function plainTarget(draft: Draft, portsOf: PortsOf): PolicyTarget {
  return { draft, access: draft.access, portsOf, service: undefined, isService: false, isWhole: true, isHeeded: true };
}

/** Who refers to a Service means it, so that the policy holds here. */
function tellUnheeded(ref: Located): void {
  const message =
    'Istio heeds a policy for a Service at its waypoint only, and the input has none before this one; here it holds';
  ref.tell(
    'warning',
    importCode.wider,
    message,
    'the label istio.io/use-waypoint on the Service or its Namespace',
    true,
  );
}

/** An empty selector is none. */
export function selectorOf({ spec }: Manifest): Labels | undefined {
  const labels = spec.get('selector').get('matchLabels').texts();
  return Object.keys(labels).length === 0 ? undefined : labels;
}

function refsOf({ spec }: Manifest): Located[] {
  const one = spec.get('targetRef');
  return [...(one.present ? [one] : []), ...spec.get('targetRefs').items()];
}
