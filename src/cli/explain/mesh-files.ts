/** A mesh as files describe it, so that questions about it need nothing that runs. */
import { planWrites } from '../../control/documents/write-documents.ts';
import { meshKey, type Topology } from '../../core/configs/edge-config.ts';
import type { Issue } from '../../model/findings/issue.ts';
import { parseStored } from '../../model/reading/stored.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import { meshDocument, type StoredDocument, serviceDocument } from '../../model/sound-document.ts';
import { readDocumentFiles } from '../documents/document-files.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { lintConfigs } from '../lint/lint-configs.ts';
import { issueLine } from '../print-issues.ts';

/** Arguments of the commands that ask about documents that need not be in force. */
export const meshFilesArgs = {
  file: {
    type: 'string',
    alias: 'f',
    description: 'File or directory of documents, instead of the running mesh; may be repeated',
    valueHint: 'path',
  },
} as const;

/** What stands under a key, or would stand there. */
export interface StoredText {
  readonly text: string;
  readonly revision: string;
}

export interface MeshFiles {
  /** By key, as an apply would write them. */
  readonly stored: ReadonlyMap<string, StoredText>;
  readonly services: readonly ServiceDocument[];
  readonly mesh: MeshDocument | undefined;
  /** Undefined where no wrangler config says what there is. */
  readonly topology: Topology | undefined;
}

/** Reads documents and wrangler configs; a malformed document is a failure that names every mistake. */
export async function readMeshFiles(paths: readonly string[], configs: readonly string[]): Promise<MeshFiles> {
  const plan = await planWrites(await readDocumentFiles(paths), new Map());
  if (!plan.ok) throw malformed('the documents are malformed', plan.issues);
  const stored = new Map(plan.writes.map(({ key, text, revision }) => [key as string, { text, revision }]));
  const documents = [...stored].map(([key, { text }]) => soundDocument(text, key));
  const { topology } = await lintConfigs(configs, documents, undefined);
  const mesh = stored.get(meshKey);
  return {
    stored,
    services: documents.flatMap((document) => serviceDocument(document) ?? []),
    mesh: mesh && meshDocument(soundDocument(mesh.text, meshKey)),
    topology,
  };
}

/** The document that a text is; a malformed one is a failure. */
export function soundDocument(text: string, key: string): StoredDocument {
  const parsed = parseStored(text, key);
  if (!parsed.ok) throw malformed(`${key} is malformed`, parsed.issues);
  return parsed.document;
}

function malformed(what: string, issues: readonly Issue[]): CliFailure {
  const lines = issues.map((issue) => issueLine(issue)).join('\n');
  return new CliFailure('malformed', `${what}:\n${lines}`, exitCode.findings, { issues });
}
