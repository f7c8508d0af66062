/** What `selvedge init` will write, keep and say: decided before anything is written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { meshKey, serviceKey } from '../../core/edge-config.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import { defaultTrustDomain } from '../../derive/names.ts';
import { planMesh } from '../../derive/plan.ts';
import type { PublicRoutes } from '../../derive/public-routes.ts';
import { documentedServices, readFolder, type StoredDocuments, trustDomainOf } from '../dev/documents.ts';
import { CliFailure, exitCode } from '../failure.ts';
import type { ReadProject } from '../project.ts';
import { type DeclaredGraph, declaredGraph } from './declared-graph.ts';
import { meshText, type Outsiders, outsidersOf, serviceText } from './service-text.ts';

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
    });
    const listed = Object.fromEntries(described.map(({ service, workers: names }) => [service, names]));
    return { graph: declaredGraph({ plan, reads: project.reads, configs: project.configs, listed }), documents };
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
    add(service === 'mesh' ? 'mesh.service.yaml' : `${service}.yaml`, document);
  }
  notes.push(...goneNotes(documents, graph));
  return { graph, write, kept, notes };
}

function newDocument(graph: DeclaredGraph, service: string) {
  const worker = graph.workers.find((one) => one.worker === service) as DeclaredGraph['workers'][number];
  const callers = graph.services[service]?.callers ?? [];
  const { public: routes } = worker;
  const input = { service, worker: service, routes, bound: callers.length > 0 };
  const outsiders = outsidersOf(input);
  const remarks = [
    ...routes.wild.map(
      (pattern) =>
        `${service}: the route ${pattern} covers hosts that no list can name, so its routes stay with the Worker, past its edge (public.via: worker)`,
    ),
    ...workersDevNote(service, routes, outsiders),
    ...versionNote(graph, service),
  ];
  const admitted = [
    callers.length === 0 ? 'no Worker' : callers.join(', '),
    outsiders === 'public' ? 'the public' : 'the local front of `dev`',
  ];
  const about = `may be called by ${admitted.join(' and ')}${routes.hosts.length > 0 ? `; public by ${routes.hosts.join(', ')}` : ''}`;
  return { document: { service, text: serviceText(input), about }, remarks };
}

function workersDevNote(service: string, { patterns, workersDev }: PublicRoutes, outsiders: Outsiders): string[] {
  if (workersDev === 'none' || patterns.length > 0) return [];
  return outsiders === 'public'
    ? [
        `${service}: no edge can hold its workers.dev address, so that stays with the Worker, past its edge (public.via: worker); give it a host to bring the public to its edge`,
      ]
    : [
        `${service}: its config leaves it a workers.dev address, which a deployed mesh takes away, since only Workers call it; if the public does too, say so in public`,
      ];
}

/** `payment-v2` beside `payment`, which nobody binds: it may be meant as a version, which only a person can know. */
function versionNote(graph: DeclaredGraph, service: string): string[] {
  const [, base, version] = /^(.+)-(v\d+|canary|beta|next|new|old|legacy|blue|green)$/.exec(service) ?? [];
  const other = base === undefined ? undefined : graph.services[base];
  if (other === undefined || (graph.services[service]?.callers.length ?? 0) > 0) return [];
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
