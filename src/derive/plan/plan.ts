/**
 * The plan of a mesh: from what the users' configs say to who stands before whom. Pure, so that the same plan serves local
 * development, deployment, and the root wrangler.toml.
 *
 * Services are the targets of bindings, whatever has a document, and every Worker that no other service's document lists as
 * one of its versions: each of them gets an edge.
 */

import { defaultUpstream, edgeEntrypoint, edgeProp, type MeshProps } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { ServiceBinding, SourceWorker } from '../configs/source-worker.ts';
import { DerivationError } from '../derivation-error.ts';
import type { MeshPlan, PlannedBinding, PlannedEdge, PlannedWorker } from './mesh-plan.ts';
import { defaultTrustDomain, edgeName, inEnvironment, registryId } from './names.ts';
import { planCertificates } from './plan-certificates.ts';
import { knownHosts, planEgress } from './plan-egress.ts';
import type { DocumentedService, PlanInput } from './plan-input.ts';
import { authorisersOf, namedPeers, planPeers } from './plan-peers.ts';
import { planUpstreams } from './plan-upstreams.ts';
import { upstreamKey } from './upstream-key.ts';

/** The plan, or an error where two Workers claim one name. */
export function planMesh(input: PlanInput): MeshPlan {
  const { environment, workers, documents } = input;
  const byName = indexWorkers(workers, environment);
  const serviceOf = serviceNames(documents, byName, environment);
  const services = findServices(workers, documents, serviceOf);
  const callers = callerNames(workers, documents, services);
  const notes: string[] = [];
  const absent = new Set<string>();

  const demands = new Map<string, Map<string, ServiceBinding>>(services.map((service) => [service, new Map()]));
  const declared = new Map<string, Set<string>>(services.map((service) => [service, new Set()]));
  const planned = workers.map((source): PlannedWorker => {
    const caller = callers.get(source.worker) as string;
    const runtime = ownEntry(input.facts, source.worker)?.runtime ?? false;
    const bindings = source.services.map((binding): PlannedBinding => {
      const service = serviceOf(binding);
      if (service === undefined) {
        absent.add(binding.target);
        notes.push(
          `${source.name}: binding ${binding.binding} names ${binding.target}, which is not in the mesh; it stays as it is`,
        );
        return { ...binding };
      }
      if (binding.more?.remote === true)
        notes.push(
          `${source.name}: binding ${binding.binding} is remote, and leads to the edge of ${service} in this mesh`,
        );
      if (binding.props !== undefined && Object.hasOwn(binding.props, edgeProp))
        throw new DerivationError(
          `${source.configPath}: binding ${binding.binding} has a prop named "${edgeProp}", which the mesh keeps for itself; name yours otherwise`,
        );
      const upstream = upstreamKey(binding);
      demands.get(service)?.set(upstream, binding);
      declared.get(service)?.add(caller);
      const props: MeshProps = { caller, service, upstream };
      return {
        binding: binding.binding,
        target: edgeName(service, environment),
        entrypoint: runtime ? edgeEntrypoint.mesh : edgeEntrypoint.meshRpc,
        props: { ...props },
      };
    });
    for (const script of source.durableObjectScripts) {
      if (byName.has(script)) continue;
      absent.add(script);
      notes.push(`${source.name}: a Durable Object binding names the script ${script}, which is not in the mesh`);
    }
    for (const script of source.otherScripts ?? []) {
      if (byName.has(script)) continue;
      absent.add(script);
      notes.push(
        `${source.name}: a workflow or tail consumer names ${script}, which is not in the mesh; it stays as it is`,
      );
    }
    if (!runtime && source.main !== undefined)
      notes.push(
        `${source.name}: no in-Worker runtime (${ownEntry(input.facts, source.worker)?.obstacle ?? 'no ES module entry'}); its outgoing calls begin traces of their own, and it cannot refuse calls that come past its edge`,
      );
    const meshBindings = source.services
      .filter((binding) => serviceOf(binding) !== undefined)
      .map(({ binding }) => binding);
    const egress = planEgress(source, caller, documents, environment);
    for (const service of egress.services) declared.get(service)?.add(caller);
    return {
      source,
      caller,
      runtime,
      services: runtime ? [...bindings, ...egress.bindings] : bindings,
      meshBindings,
      egress: runtime ? egress.hosts : {},
    };
  });
  const peersOf = new Map(services.map((service) => [service, namedPeers(service, input)]));
  for (const [service, peers] of peersOf)
    for (const peer of peers) {
      if (services.includes(peer)) declared.get(peer)?.add(service);
      else
        notes.push(
          `${service}: a route or access rule names the service ${peer}, which the mesh has not; calls to it get 500, and those that it is asked about are refused`,
        );
    }

  const edges = services.map((service): PlannedEdge => {
    const behind = workersBehind(service, workers, documents, services);
    const asked = authorisersOf(service, input).workers;
    const authorisers = workers.filter((worker) => asked.includes(worker.worker) && !behind.includes(worker));
    for (const worker of asked)
      if (!workers.some((source) => source.worker === worker))
        notes.push(
          `${service}: an access rule names the Worker ${worker}, which the mesh has not; calls that it is asked about are refused`,
        );
    const { upstreams, bindings } = planUpstreams(
      service,
      behind,
      authorisers,
      demands.get(service) ?? new Map(),
      input.facts,
    );
    const name = edgeName(service, environment);
    if (byName.has(name))
      throw new DerivationError(`the name ${name} is taken by a Worker of yours; the edge of ${service} needs it`);
    const present = (peersOf.get(service) ?? []).filter((peer) => services.includes(peer));
    const special = [...(demands.get(service)?.values() ?? [])].filter((wish) => upstreamKey(wish) !== defaultUpstream);
    if (present.length > 0 && special.length > 0)
      notes.push(
        `${service}: bindings to it ask for an entrypoint or props (${special.map(({ binding }) => binding).join(', ')}), which no other service has: their calls get 500 where a route sends them to ${present.join(', ')}`,
      );
    const { notes: missing, ...certificates } = planCertificates(service, documents, behind, workers);
    notes.push(...missing);
    return {
      service,
      name,
      upstreams,
      bindings,
      ...planPeers(service, present, environment),
      ...certificates,
      declared: [...(declared.get(service) ?? [])].sort(),
    };
  });

  return {
    ...(environment === undefined ? {} : { environment }),
    registryId: registryId(environment),
    trustDomain: input.trustDomain ?? defaultTrustDomain(environment),
    workers: planned,
    edges,
    topology: {
      services: Object.fromEntries(
        edges.map((edge) => [
          edge.service,
          {
            workers: Object.keys(edge.upstreams[defaultUpstream] ?? {}),
            callers: edge.declared,
            ...(edge.peerBindings.length === 0 ? {} : { peers: Object.keys(edge.peers) }),
          },
        ]),
      ),
    },
    ...knownHosts(input),
    absent: [...absent].sort(),
    notes,
  };
}

function indexWorkers(workers: readonly SourceWorker[], environment: string | undefined): Map<string, SourceWorker> {
  const byName = new Map<string, SourceWorker>();
  const names = new Map<string, SourceWorker>();
  for (const source of workers) {
    const before = byName.get(source.name) ?? names.get(source.worker);
    if (before !== undefined) {
      const where = environment === undefined ? '' : ` in environment ${environment}`;
      throw new DerivationError(
        `${before.configPath} and ${source.configPath} both describe a Worker named ${source.name}${where}`,
      );
    }
    byName.set(source.name, source);
    names.set(source.worker, source);
  }
  return byName;
}

type ServiceOf = (binding: ServiceBinding) => string | undefined;

/**
 * The service that a binding names: a Worker of the mesh, or a service that only a document describes (by URLs, say). Its
 * `environment` key counts where no Worker has the plain name: wrangler's local development ignores that key, and wrangler's
 * environments deploy such a Worker as `<name>-<environment>`.
 */
function serviceNames(
  documents: readonly DocumentedService[],
  byName: ReadonlyMap<string, SourceWorker>,
  environment: string | undefined,
): ServiceOf {
  const documented = new Map(documents.map(({ service }) => [inEnvironment(service, environment), service]));
  const named = (target: string) => byName.get(target)?.worker ?? documented.get(target);
  return ({ target, more }) =>
    named(target) ??
    (typeof more?.environment === 'string' ? named(inEnvironment(target, more.environment)) : undefined);
}

function findServices(
  workers: readonly SourceWorker[],
  documents: readonly DocumentedService[],
  serviceOf: ServiceOf,
): string[] {
  const services = new Set<string>(documents.map((document) => document.service));
  for (const source of workers) {
    for (const binding of source.services) {
      const service = serviceOf(binding);
      if (service !== undefined) services.add(service);
    }
    const listed = documents.some(
      (document) => document.service !== source.worker && document.workers.includes(source.worker),
    );
    if (!listed) services.add(source.worker);
  }
  return [...services].sort();
}

/** A Worker that is no service of its own calls as the service of which it is a version. */
function callerNames(
  workers: readonly SourceWorker[],
  documents: readonly DocumentedService[],
  services: readonly string[],
): Map<string, string> {
  return new Map(
    workers.map(({ worker }) => {
      if (services.includes(worker)) return [worker, worker];
      const owners = documents.filter((document) => document.workers.includes(worker));
      return [worker, owners.length === 1 ? (owners[0] as DocumentedService).service : worker];
    }),
  );
}

/**
 * The Workers that an edge can reach: its own, those that its document lists, and those named `<service>-<something>` that
 * nobody else claims, so that a version can be added by an edit of the document alone.
 */
function workersBehind(
  service: string,
  workers: readonly SourceWorker[],
  documents: readonly DocumentedService[],
  services: readonly string[],
): SourceWorker[] {
  const listed = documents.find((document) => document.service === service)?.workers ?? [];
  const named = (worker: string) =>
    worker.startsWith(`${service}-`) &&
    !documents.some((document) => document.service !== service && document.workers.includes(worker)) &&
    !services.some((other) => other !== worker && other.length > service.length && worker.startsWith(`${other}-`));
  return workers.filter(({ worker }) => worker === service || listed.includes(worker) || named(worker));
}
