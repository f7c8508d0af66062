/** The documents of a mesh in development: read from a folder, and what the derivation must know of them. */

import { planWrites } from '../../../control/documents/write-documents.ts';
import { meshKey, serviceKey } from '../../../core/configs/edge-config.ts';
import { ownEntry } from '../../../core/own-entry.ts';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import type { DocumentedService, EgressPolicy } from '../../../derive/plan/plan-input.ts';
import { parseStored } from '../../../model/reading/stored.ts';
import {
  type Authorisers,
  authorisersNamed,
  certificatesNamed,
  publicHosts,
  servicesNamed,
  urlHosts,
  workersNamed,
} from '../../../model/references.ts';
import type { ServiceDocument } from '../../../model/schema/service.ts';
import { readDocumentFiles } from '../../documents/document-files.ts';
import { CliFailure, exitCode } from '../../failure.ts';
import { issueLine } from '../../print-issues.ts';

/** Stored texts by KV key. */
export type StoredDocuments = Readonly<Record<string, string>>;

/** The documents below `folder` as they are stored, or a failure that lists all mistakes. */
export async function readFolder(folder: string): Promise<StoredDocuments> {
  const plan = await planWrites(await readDocumentFiles([folder]), new Map());
  if (plan.ok) return Object.fromEntries(plan.writes.map(({ key, text }) => [key, text]));
  const { issues } = plan;
  const lines = issues.map((issue) => issueLine(issue)).join('\n');
  throw new CliFailure('malformed', `the documents in ${folder} are malformed:\n${lines}`, exitCode.findings, {
    issues,
  });
}

/**
 * The stored documents that an edge would serve, and a line for each of the others. Only sound ones are baked into edges: a broken
 * one would be no better from the bundle than from KV.
 */
export function soundDocuments(documents: StoredDocuments): { sound: StoredDocuments; lines: readonly string[] } {
  const sound: Record<string, string> = {};
  const lines: string[] = [];
  for (const [key, text] of Object.entries(documents)) {
    const parsed = parseStored(text, key);
    if (parsed.ok) sound[key] = text;
    else lines.push(...parsed.issues.map((issue) => `in KV: ${issueLine(issue)}`));
  }
  return { sound, lines };
}

/** What the plan needs of stored documents. A text that is no document says nothing, and is reported by `status`. */
export function documentedServices(documents: StoredDocuments): DocumentedService[] {
  const ofMesh = meshAuthorisers(documents);
  return Object.entries(documents).flatMap(([key, text]) => {
    if (!key.startsWith(serviceKey(''))) return [];
    return [documentedService(key.slice(serviceKey('').length), asRecord(parseJson(text)), ofMesh)];
  });
}

/** Whom the rules of the `mesh` document may ask, and those of services that inherit what it describes. */
export function meshAuthorisers(documents: StoredDocuments): Authorisers {
  const { defaults } = asRecord(parseJson(documents[meshKey] ?? '{}'));
  return authorisersIn(asRecord(defaults).access);
}

/** Malformed ones say nothing. */
function authorisersIn(access: unknown): Authorisers {
  const section = asRecord(access);
  return {
    services: names(() => authorisersNamed(section).services),
    workers: names(() => authorisersNamed(section).workers),
  };
}

/** What the plan needs of one document. Malformed parts of a stored one say nothing: the edge goes on with the last good one. */
export function documentedService(
  service: string,
  document: Partial<ServiceDocument>,
  ofMesh: Authorisers,
): DocumentedService {
  const own = authorisersIn(document.access);
  const inherited = asRecord(document.access).inherit === false ? undefined : ofMesh;
  return {
    service,
    workers: names(() => workersNamed(document)),
    peers: names(() => servicesNamed(document)),
    authorisers: {
      services: [...own.services, ...(inherited?.services ?? [])],
      workers: [...own.workers, ...(inherited?.workers ?? [])],
    },
    egressHosts: names(() => document.egress?.hosts ?? []),
    urlHosts: names(() => urlHosts(document)),
    certificates: names(() => certificatesNamed(document)),
  };
}

function names(read: () => readonly unknown[]): string[] {
  try {
    return read().filter((name) => typeof name === 'string');
  } catch {
    return [];
  }
}

/** What the `mesh` document says of calls out of the mesh. */
export function egressOf(documents: StoredDocuments): EgressPolicy | undefined {
  const egress = asRecord(asRecord(parseJson(documents[meshKey] ?? '{}')).egress);
  if (egress.mode !== 'registry-only' && egress.mode !== 'allow-any') return undefined;
  return { mode: egress.mode, hosts: names(() => (egress.hosts ?? []) as readonly unknown[]) };
}

export function trustDomainOf(documents: StoredDocuments): string | undefined {
  const trustDomain = asRecord(parseJson(documents[meshKey] ?? '{}')).trustDomain;
  return typeof trustDomain === 'string' ? trustDomain : undefined;
}

/** The public hosts of all documents, listeners' included, `host pattern -> service`; of services that list the same one the first of the alphabet. */
export function publicHostsOf(documents: StoredDocuments): Record<string, string> {
  const hosts = new Map<string, string>();
  for (const key of Object.keys(documents).sort()) {
    if (!key.startsWith(serviceKey(''))) continue;
    const document: Partial<ServiceDocument> = asRecord(parseJson(documents[key] as string));
    const service = key.slice(serviceKey('').length);
    for (const host of names(() => publicHosts(document))) if (!hosts.has(host)) hosts.set(host, service);
  }
  return Object.fromEntries(hosts);
}

/**
 * A service without a document gets an open one, and a mesh without a `mesh` document its trust domain. `hosts` are those that an
 * open document lists, by service.
 */
export function completeDocuments(
  plan: MeshPlan,
  written: StoredDocuments,
  hosts: Readonly<Record<string, readonly string[]>> = {},
): StoredDocuments {
  const documents: Record<string, string> = { ...written };
  for (const { service } of plan.edges)
    documents[serviceKey(service)] ??= openDocument(service, service, ownEntry(hosts, service) ?? []);
  documents[meshKey] ??= meshDocument(plan.trustDomain);
  return documents;
}

/** Services whose stored document is the one that was written because nobody else had written one. */
export function openServices(documents: StoredDocuments): string[] {
  return documentedServices(documents)
    .map(({ service }) => service)
    .filter((service) => documents[serviceKey(service)] === openDocument(service, service, []));
}

/** The document of a service for which nobody wrote one: everything goes to the one version there is. */
function openDocument(service: string, worker: string, hosts: readonly string[] = []): string {
  return storedJson({
    service,
    ...(hosts.length > 0 ? { public: { hosts } } : {}),
    versions: { v1: { worker } },
    routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
  });
}

/** The document of a mesh for which nobody wrote one. Paths stay as callers wrote them, but for services that have a rule by path. */
function meshDocument(trustDomain: string): string {
  return storedJson({ trustDomain, defaults: { normalization: 'none' } });
}

/** As control stores documents: JSON that a person can still read with `wrangler kv key get`. */
function storedJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
