/** Reading what a registry key holds, which is JSON, and saying what is wrong with it. An edge only asks whether it is sound. */
import { byPlace, type Issue, malformed, type Problem } from '../findings/issue.ts';
import { kindUnder, otherService, type StoredDocument, soundDocument } from '../sound-document.ts';
import { validateDocument } from '../validate.ts';
import { parseJsonTree } from './json-tree.ts';
import { maxTextLength } from './text-limits.ts';
import { locate, positionOf, type Tree, treeProblems, treeValue } from './tree.ts';

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
  if (isManifest(value)) return { ok: false, issues: locate([manifestProblem(value)], file, text, tree) };
  const kind = kindUnder(value, key);
  const problems: Problem[] = treeProblems(tree);
  const result = validateDocument(kind, value);
  if (!result.ok) problems.push(...result.problems);
  if (key !== undefined && kind === 'service') problems.push(...wrongKey(value, key));
  if (problems.length > 0 || !result.ok) return { ok: false, issues: locate(problems, file, text, tree).sort(byPlace) };
  return { ok: true, document: result.document };
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

function isManifest(value: unknown): value is Manifest {
  const { apiVersion, kind } = (value ?? {}) as Partial<Manifest>;
  return typeof apiVersion === 'string' && typeof kind === 'string';
}

/** One finding in place of one for each field of it. */
function manifestProblem({ apiVersion, kind }: Manifest): Problem {
  return {
    path: ['kind'],
    message: `this is a manifest (${kind} of ${apiVersion}), and no document`,
    expected: 'a document; `selvedge import` makes documents of manifests',
    severity: 'error',
    code: malformed.manifest,
  };
}

function wrongKey(value: unknown, key: string): Problem[] {
  const service = otherService(value, key);
  if (service === undefined) return [];
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
