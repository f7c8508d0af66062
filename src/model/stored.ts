/** Reading what a registry key holds: JSON, as an edge and the admin API meet it. No YAML here, so that an edge carries none. */
import { type Issue, malformed, type Problem } from './issue.ts';
import { parseJsonTree } from './json-tree.ts';
import { plainJson } from './plain-json.ts';
import type { MeshDocument } from './schema/mesh.ts';
import type { ServiceDocument } from './schema/service.ts';
import { locate, maxTextLength, positionOf, type Tree, treeProblems, treeValue } from './tree.ts';
import { type StoredDocument, validateDocument } from './validate.ts';

export type ParseResult =
  | { readonly ok: true; readonly document: StoredDocument }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Parses the value of `mesh` or `service/<name>`. Every mistake is reported, each with its line, column and path; never throws. */
export function parseStored(text: string, key: string): ParseResult {
  if (text.length > maxTextLength) return tooLarge(key);
  const document = soundDocument(text, key);
  if (document !== undefined) return { ok: true, document };
  const parsed = parseJsonTree(text);
  if (!parsed.ok) {
    const issue = {
      ...positionOf(text, parsed.at),
      message: parsed.message,
      expected: 'JSON',
      severity: 'error' as const,
    };
    return { ok: false, issues: [{ file: key, path: '', code: malformed.syntax, ...issue }] };
  }
  return documentOf(parsed.tree, text, key, key);
}

/** The document that a JSON text is; undefined where there is anything to find fault with, or where it is no JSON. */
export function soundDocument(text: string, key: string | undefined): StoredDocument | undefined {
  const value = plainJson(text);
  if (value === undefined) return undefined;
  const kind = kindUnder(value, key);
  if (key !== undefined && kind === 'service' && wrongKey(value, key).length > 0) return undefined;
  const result = validateDocument(kind, value);
  return result.ok ? result.document : undefined;
}

/** The refusal of a text that is too large to look at. */
export function tooLarge(file: string): ParseResult {
  const message = `the document is longer than ${maxTextLength} characters`;
  return {
    ok: false,
    issues: [
      { file, line: 0, column: 0, path: '', message, expected: '', severity: 'error', code: malformed.tooLarge },
    ],
  };
}

/** A parsed text as the document that its key, if known, or else its fields say it is. */
export function documentOf(tree: Tree, text: string, file: string, key: string | undefined): ParseResult {
  const value = treeValue(tree);
  const kind = kindUnder(value, key);
  const problems: Problem[] = treeProblems(tree);
  const result = validateDocument(kind, value);
  if (!result.ok) problems.push(...result.problems);
  if (key !== undefined && kind === 'service') problems.push(...wrongKey(value, key));
  if (problems.length > 0 || !result.ok) return { ok: false, issues: locate(problems, file, text, tree).sort(byPlace) };
  return { ok: true, document: result.document };
}

function kindUnder(value: unknown, key: string | undefined): 'mesh' | 'service' {
  if (key === undefined) return kindOf(value);
  return key === 'mesh' ? 'mesh' : 'service';
}

/** A document is the mesh's when it has one of the mesh's fields and is of no service. */
function kindOf(value: unknown): 'mesh' | 'service' {
  if (typeof value !== 'object' || value === null || 'service' in value) return 'service';
  return ['mesh', 'trustDomain', 'carry', 'telemetry', 'defaults'].some((field) => field in value) ? 'mesh' : 'service';
}

/** People mend a file from the top. */
function byPlace(one: Issue, other: Issue): number {
  return one.line - other.line || one.column - other.column;
}

function wrongKey(value: unknown, key: string): Problem[] {
  const service = (value as { readonly service?: unknown } | null)?.service;
  if (typeof service !== 'string' || key === `service/${service}`) return [];
  const message = `the document is about ${JSON.stringify(service)}, but stands under ${JSON.stringify(key)}`;
  return [
    {
      path: ['service'],
      message,
      expected: key.replace(/^service\//, ''),
      severity: 'error',
      code: malformed.wrongKey,
    },
  ];
}

/** The document of a service, or `undefined` where the stored one is the mesh's. */
export function serviceDocument(document: StoredDocument): ServiceDocument | undefined {
  return document.kind === 'service' ? document.service : undefined;
}

/** The mesh document, or `undefined` where the stored one is a service's. */
export function meshDocument(document: StoredDocument): MeshDocument | undefined {
  return document.kind === 'mesh' ? document.mesh : undefined;
}
