/** Reads the whole mesh from KV and judges every document, as edges will meet it. */
import { meshKey, serviceKey, type Topology } from '../../core/configs/edge-config.ts';
import type { Issue } from '../../model/findings/issue.ts';
import { lintMesh } from '../../model/lint/lint.ts';
import { lintCode } from '../../model/lint/lint-code.ts';
import { parseStored } from '../../model/reading/stored.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { StoredDocument as ValidDocument } from '../../model/sound-document.ts';
import { meshDocument } from '../../model/sound-document.ts';
import { readAllDocuments } from '../../platform/registry/registry-writer.ts';
import type { DocumentFinding } from '../observe/document-finding.ts';

export interface ReadDocument extends DocumentFinding {
  readonly text: string;
  readonly writtenAtMs?: number;
  readonly valid: ValidDocument | undefined;
}

export interface ReadMesh {
  /** `mesh` first, if it is there; then the services by name. */
  readonly documents: readonly ReadDocument[];
  readonly mesh: MeshDocument | undefined;
}

/** One stored value, judged by itself. An empty value counts as malformed, never as absent: somebody put it there. */
export function judgeStored(key: string, text: string, revision: string, writtenAtMs?: number): ReadDocument {
  const parsed = parseStored(text, key);
  const base = { key, text, revision, writtenAtMs };
  return parsed.ok
    ? { ...base, state: 'ok', issues: [], valid: parsed.document }
    : { ...base, state: 'malformed', issues: parsed.issues, valid: undefined };
}

function withWarnings(document: ReadDocument, warnings: readonly Issue[]): ReadDocument {
  const mine = warnings.filter((issue) => issue.file === document.key);
  return document.state === 'ok' && mine.length > 0 ? { ...document, state: 'unresolved', issues: mine } : document;
}

/** A control that nobody derived knows nothing about bindings, which is another thing than a mesh without services. */
export function knownTopology(topology: Topology | undefined): Topology | undefined {
  return topology === undefined || Object.keys(topology.services).length === 0 ? undefined : topology;
}

/** All that lint finds in these documents; each issue names its key as its file. */
export function lintDocuments(
  documents: readonly ValidDocument[],
  topology: Topology | undefined,
  nowMs: number,
): Issue[] {
  return lintMesh(documents, knownTopology(topology), nowMs);
}

/** What of it means that calls cannot be resolved: that belongs into status, doubtful style does not. */
const unresolvedCodes: ReadonlySet<string> = new Set([
  lintCode.unresolvedWorker,
  lintCode.unknownService,
  lintCode.unresolvedService,
  lintCode.egressDenied,
  lintCode.unknownProvider,
]);

export async function readMesh(registry: KVNamespace, topology: Topology | undefined): Promise<ReadMesh> {
  const stored = await readAllDocuments(registry, Object.keys(topology?.services ?? {}));
  const judged = stored.map((one) => judgeStored(one.key, one.text, one.revision, one.writtenAtMs));
  const valid = judged.flatMap((one) => (one.valid === undefined ? [] : [one.valid]));
  // Status is read often, and what the matrix tells is no matter of status.
  const warnings = lintMesh(valid, knownTopology(topology)).filter((issue) => unresolvedCodes.has(issue.code));
  const mesh = valid.find((one) => one.kind === 'mesh');
  return {
    documents: judged.map((one) => withWarnings(one, warnings)),
    mesh: mesh === undefined ? undefined : meshDocument(mesh),
  };
}

/** The finding for a key of the mesh; absent keys are `missing`. */
export function findDocument(read: ReadMesh, key: string): DocumentFinding {
  const found = read.documents.find((one) => one.key === key);
  if (found === undefined) return { key, revision: '', state: 'missing', issues: [] };
  return { key, revision: found.revision, state: found.state, issues: found.issues };
}

/** Whether `key` is one that the registry knows: `mesh`, or `service/` and a name. */
export function isDocumentKey(key: string): key is 'mesh' | `service/${string}` {
  return (
    key === meshKey ||
    (key.startsWith(serviceKey('')) && /^[a-z0-9_][a-z0-9_-]{0,62}$/.test(key.slice(serviceKey('').length)))
  );
}
