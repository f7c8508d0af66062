/** What `selvedge init` will write, keep and say: decided before anything is written. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { meshKey, serviceKey } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import { defaultTrustDomain } from '../../derive/plan/names.ts';
import { planMesh } from '../../derive/plan/plan.ts';
import {
  documentedServices,
  meshAuthorisers,
  publicHostsOf,
  readFolder,
  type StoredDocuments,
  trustDomainOf,
} from '../dev/registry/documents.ts';
import { CliFailure, exitCode } from '../failure.ts';
import type { ReadProject } from '../project.ts';
import { type DeclaredGraph, declaredGraph } from './declared-graph.ts';
import { meshText, outsidersOf, serviceText } from './service-text.ts';

export interface NewDocument {
  /** As a command line in the current folder names it. */
  readonly file: string;
  /** Undefined for the mesh's own. */
  readonly service?: string;
  readonly text: string;
  /** What it says, in one line. */
  readonly about: string;
}

export interface InitPlan {
  readonly graph: DeclaredGraph;
  readonly write: readonly NewDocument[];
  /** Services that have a document already. */
  readonly kept: readonly string[];
  readonly notes: readonly string[];
}

export interface ProjectGraph {
  readonly graph: DeclaredGraph;
  readonly documents: StoredDocuments;
}

/** The declared graph of a project, with what its documents say about versions. */
export async function graphOf(project: ReadProject, environment: string | undefined): Promise<ProjectGraph> {
  const documents = project.documents === undefined ? {} : await readFolder(project.documents);
  const described = documentedServices(documents);
  const workers = project.reads.map(({ source }) => source);
  try {
    const plan = planMesh({
      environment,
      workers,
      documents: described,
      // Nothing is bundled for this; whether a Worker can have the runtime says nothing about who binds whom.
      facts: Object.fromEntries(workers.map(({ worker }) => [worker, { runtime: true }])),
      trustDomain: trustDomainOf(documents),
      authorisers: meshAuthorisers(documents),
    });
    const publicHosts = publicHostsOf(documents);
    const { reads, configs } = project;
    return { graph: declaredGraph({ plan, reads, configs, documented: described, publicHosts }), documents };
  } catch (cause) {
    if (cause instanceof DerivationError) throw new CliFailure('derivation', cause.message, exitCode.findings);
    throw cause;
  }
}

/** `folder` is where new documents go. */
export async function planInit(
  project: ReadProject,
  folder: string,
  environment: string | undefined,
): Promise<InitPlan> {
  const { graph, documents } = await graphOf(project, environment);
  const services = Object.keys(graph.services);
  const kept = services.filter((service) => documents[serviceKey(service)] !== undefined);
  const write: NewDocument[] = [];
  const notes: string[] = [];
  const fresh: string[] = [];
  const add = (file: string, document: Omit<NewDocument, 'file'>) => {
    const path = join(folder, file);
    if (existsSync(path))
      notes.push(`${path} is there and is kept, but it has no document of ${document.service ?? 'the mesh'}`);
    else write.push({ file: path, ...document });
  };
  if (documents[meshKey] === undefined)
    add('mesh.yaml', { text: meshText(defaultTrustDomain(undefined)), about: 'the trust domain of the mesh' });
  for (const service of services) {
    if (kept.includes(service)) continue;
    const { document, remarks } = newDocument(graph, service);
    notes.push(...remarks);
    fresh.push(service);
    add(service === 'mesh' ? 'mesh.service.yaml' : `${service}.yaml`, document);
  }
  notes.push(...workersDevNotes(graph, fresh), ...goneNotes(documents, graph));
  return { graph, write, kept, notes };
}

function newDocument(graph: DeclaredGraph, service: string) {
  const worker = graph.workers.find((one) => one.worker === service) as DeclaredGraph['workers'][number];
  const callers = ownEntry(graph.services, service)?.callers ?? [];
  const { public: routes } = worker;
  const input = { service, worker: service, routes, bound: callers.length > 0 };
  const outsiders = outsidersOf(input);
  const remarks = [
    ...routes.wild.map(
      (pattern) =>
        `${service}: the route ${pattern} covers hosts that no list can name, so its routes stay with the Worker, past its edge (public.via: worker)`,
    ),
    ...versionNote(graph, service),
  ];
  const admitted = [
    callers.length === 0 ? 'no Worker' : callers.join(', '),
    outsiders === 'public' ? 'the public' : 'the local front of `dev`',
  ];
  const about = `may be called by ${admitted.join(' and ')}${routes.hosts.length > 0 ? `; public by ${routes.hosts.join(', ')}` : ''}`;
  return { document: { service, text: serviceText(input), about }, remarks };
}

/** One sentence for all services of a kind: most repositories say nothing about workers.dev in any config. */
function workersDevNotes(graph: DeclaredGraph, services: readonly string[]): string[] {
  const kept: string[] = [];
  const taken: string[] = [];
  for (const { worker, public: routes } of graph.workers) {
    if (!services.includes(worker) || routes.workersDev === 'none' || routes.patterns.length > 0) continue;
    const bound = (ownEntry(graph.services, worker)?.callers.length ?? 0) > 0;
    (outsidersOf({ routes, bound }) === 'public' ? kept : taken).push(worker);
  }
  return [
    ...(kept.length === 0
      ? []
      : [
          `no edge can hold a workers.dev address, so those of ${kept.join(', ')} stay with the Workers, past the edges (public.via: worker); a host of its own brings the public to a service's edge`,
        ]),
    ...(taken.length === 0
      ? []
      : [
          `the configs of ${taken.join(', ')} leave them workers.dev addresses, which a deployed mesh takes away, since Workers call them; where the public does too, say so in public`,
        ]),
  ];
}

/** `payment-v2` beside `payment`, which nobody binds: it may be meant as a version, which only a person can know. */
function versionNote(graph: DeclaredGraph, service: string): string[] {
  const [, base, version] = /^(.+)-(v\d+|canary|beta|next|new|old|legacy|blue|green)$/.exec(service) ?? [];
  const other = base === undefined ? undefined : ownEntry(graph.services, base);
  if (other === undefined || (ownEntry(graph.services, service)?.callers.length ?? 0) > 0) return [];
  return [
    `${service} looks like a version of ${base}: if it is one, list it in the document of ${base} (${version}: { worker: ${service} }) and remove its own`,
  ];
}

/** Documents whose Workers no config describes any more. */
function goneNotes(documents: StoredDocuments, graph: DeclaredGraph): string[] {
  const known = new Set(graph.workers.map(({ worker }) => worker));
  return documentedServices(documents)
    .filter(({ workers }) => workers.length > 0 && !workers.some((worker) => known.has(worker)))
    .map(
      ({ service, workers }) =>
        `${service} has a document, but no config describes ${workers.join(' or ')} any more; remove the document if the service is gone`,
    );
}
