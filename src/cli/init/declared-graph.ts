/** Who depends on whom, as the wrangler configs declare it: nothing needs to run for it. */

import { ownEntry } from '../../core/own-entry.ts';
import type { ReadWorker, WranglerConfig } from '../../derive/configs/source-worker.ts';
import type { MeshPlan } from '../../derive/plan/mesh-plan.ts';
import type { DocumentedService } from '../../derive/plan/plan-input.ts';
import { type PublicRoutes, publicRoutes } from '../../derive/plan/public-routes.ts';
import { type InvocationBounds, invocationBounds } from './invocations.ts';

export type LinkKind = 'service' | 'route' | 'durable-object' | 'workflow' | 'queue' | 'tail' | 'dispatch';

/** One dependency of a Worker on something that another Worker, or nobody here, provides. */
export interface GraphLink {
  readonly kind: LinkKind;
  /** The Worker that depends, as documents name it; for `route` the service whose document sends calls there. */
  readonly from: string;
  /** Name of the binding; `''` where the config has none (routes, tail consumers). */
  readonly binding: string;
  /** A service or Worker of the mesh; else the name that the config gives. */
  readonly to: string;
  /** Whether `to` is in the mesh. */
  readonly inside: boolean;
  /** Whether calls pass an edge. */
  readonly meshed: boolean;
  readonly entrypoint?: string;
  /** Class of a Durable Object or workflow, name of a queue. */
  readonly via?: string;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly remote?: true;
}

export interface GraphWorker {
  /** As documents name it. */
  readonly worker: string;
  /** The service as which it calls. */
  readonly service: string;
  /** Deployed name. */
  readonly name: string;
  /** As a command line in the current folder names it. */
  readonly config: string;
  readonly public: PublicRoutes;
}

/** A service that has an edge and no Worker. */
export interface GraphGateway {
  readonly service: string;
  /** Hosts under which it is reached from outside. */
  readonly hosts: readonly string[];
  /** Hosts outside of the mesh for which it stands. */
  readonly standsFor: readonly string[];
}

export interface DeclaredGraph {
  readonly environment?: string;
  readonly workers: readonly GraphWorker[];
  readonly gateways: readonly GraphGateway[];
  readonly links: readonly GraphLink[];
  /** By service: the Workers that its documents, or its name, say it has, and the services that bind it. */
  readonly services: Readonly<
    Record<string, { readonly workers: readonly string[]; readonly callers: readonly string[] }>
  >;
  readonly invocations: InvocationBounds;
}

interface GraphInput {
  readonly plan: MeshPlan;
  readonly reads: readonly ReadWorker[];
  /** By the index of `reads`. */
  readonly configs: readonly string[];
  readonly documented: readonly DocumentedService[];
  /** `host pattern -> service` */
  readonly publicHosts: Readonly<Record<string, string>>;
}

/** What of a config declares a dependency, beside services. */
interface DeclaringConfig extends WranglerConfig {
  readonly queues?: {
    readonly producers?: readonly { readonly queue: string; readonly binding: string }[];
    readonly consumers?: readonly { readonly queue: string }[];
  };
  readonly dispatch_namespaces?: readonly { readonly binding: string; readonly namespace: string }[];
}

export function declaredGraph({ plan, reads, configs, documented, publicHosts }: GraphInput): DeclaredGraph {
  const listed = Object.fromEntries(documented.map(({ service, workers: names }) => [service, names]));
  const workers = reads.map(
    ({ source, config }, index): GraphWorker => ({
      worker: source.worker,
      service: plan.workers[index]?.caller ?? source.worker,
      name: source.name,
      config: configs[index] as string,
      public: publicRoutes(config),
    }),
  );
  const byName = new Map(workers.map(({ name, worker }) => [name, worker]));
  const consumers = consumersOf(reads);
  const links = [
    ...reads.flatMap((read, index) => [
      ...serviceLinks(read, plan.workers[index] as MeshPlan['workers'][number]),
      ...otherLinks(read.source.worker, read.config as DeclaringConfig, byName, consumers),
    ]),
    ...plan.edges.flatMap(({ service, peers }) => Object.keys(peers).map((peer) => routeLink(service, peer))),
  ];
  const services = Object.fromEntries(
    plan.edges.map(({ service, declared }) => [
      service,
      { workers: versionsOf(service, listed, byName.values()), callers: declared },
    ]),
  );
  const gateways = documented
    .filter(({ service, workers: names }) => names.length === 0 && ownEntry(services, service)?.workers.length === 0)
    .map(
      ({ service, egressHosts = [] }): GraphGateway => ({
        service,
        hosts: Object.keys(publicHosts).filter((host) => publicHosts[host] === service),
        standsFor: egressHosts,
      }),
    );
  const edgesOnly = new Set(gateways.map(({ service }) => service));
  return {
    ...(plan.environment === undefined ? {} : { environment: plan.environment }),
    workers,
    gateways,
    links,
    services,
    invocations: invocationBounds(
      [...workers.map(({ worker }) => worker), ...edgesOnly],
      links.filter(({ kind }) => kind === 'service' || kind === 'route'),
      (service) => (edgesOnly.has(service) ? [service] : (ownEntry(services, service)?.workers ?? [])),
      edgesOnly,
    ),
  };
}

function routeLink(from: string, to: string): GraphLink {
  return { kind: 'route', from, binding: '', to, inside: true, meshed: true };
}

/** Where no document lists any, a service is the Worker of its name. */
function versionsOf(
  service: string,
  listed: Readonly<Record<string, readonly string[]>>,
  workers: Iterable<string>,
): readonly string[] {
  const known = new Set(workers);
  const versions = ownEntry(listed, service) ?? [service];
  return versions.filter((worker) => known.has(worker));
}

function serviceLinks({ source }: ReadWorker, planned: MeshPlan['workers'][number]): GraphLink[] {
  return source.services.map((binding, index) => {
    const { entrypoint, props, target } = binding;
    const meshed = planned.meshBindings.includes(binding.binding);
    const service = meshed ? String(planned.services[index]?.props?.service) : target;
    return {
      kind: 'service',
      from: source.worker,
      binding: binding.binding,
      to: service,
      inside: meshed,
      meshed,
      ...(entrypoint === undefined || entrypoint === 'default' ? {} : { entrypoint }),
      ...(props === undefined ? {} : { props }),
      ...(isRemote(binding) ? { remote: true as const } : {}),
    };
  });
}

/** Whether development calls the deployed Worker rather than the one that runs beside. */
function isRemote(binding: ReadWorker['source']['services'][number]): boolean {
  return binding.more?.remote === true;
}

function otherLinks(
  from: string,
  config: DeclaringConfig,
  byName: ReadonlyMap<string, string>,
  consumers: ReadonlyMap<string, readonly string[]>,
): GraphLink[] {
  const toScript = (kind: LinkKind, binding: string, script: string, via?: string): GraphLink => ({
    kind,
    from,
    binding,
    to: byName.get(script) ?? script,
    inside: byName.has(script),
    meshed: false,
    ...(via === undefined ? {} : { via }),
  });
  const elsewhere = (script: string | undefined): script is string =>
    script !== undefined && byName.get(script) !== from;
  return [
    ...config.durable_objects.bindings.flatMap(({ name, class_name, script_name }) =>
      elsewhere(script_name) ? [toScript('durable-object', name, script_name, class_name)] : [],
    ),
    ...(config.workflows ?? []).flatMap(({ binding, class_name, script_name }) =>
      elsewhere(script_name) ? [toScript('workflow', binding, script_name, class_name)] : [],
    ),
    ...(config.queues?.producers ?? []).flatMap(({ queue, binding }): GraphLink[] => {
      const base = { kind: 'queue', from, binding, meshed: false, via: queue } as const;
      const targets = consumers.get(queue) ?? [];
      return targets.length === 0
        ? [{ ...base, to: queue, inside: false }]
        : targets.map((to) => ({ ...base, to, inside: true }));
    }),
    ...(config.dispatch_namespaces ?? []).map(
      ({ binding, namespace }): GraphLink => ({
        kind: 'dispatch',
        from,
        binding,
        to: namespace,
        inside: false,
        meshed: false,
      }),
    ),
    ...[...(config.tail_consumers ?? []), ...(config.streaming_tail_consumers ?? [])].map(({ service }) =>
      toScript('tail', '', service),
    ),
  ];
}

function consumersOf(reads: readonly ReadWorker[]): Map<string, string[]> {
  const consumers = new Map<string, string[]>();
  for (const { source, config } of reads) {
    for (const { queue } of (config as DeclaringConfig).queues?.consumers ?? [])
      consumers.set(queue, [...(consumers.get(queue) ?? []), source.worker]);
  }
  return consumers;
}
