/** Reading what people write: files of YAML or JSON, each with one or more documents. Every mistake is found, with its place. */
import { type Issue, malformed } from '../findings/issue.ts';
import { type StoredDocument, soundDocument } from '../sound-document.ts';
import { parseJsonTree } from './json-tree.ts';
import { documentOf, type ParseResult, tooLarge } from './stored.ts';
import { maxTextLength } from './text-limits.ts';
import { positionOf, type TreeResult } from './tree.ts';
import { parseYamlTrees } from './yaml-tree.ts';

export interface ParseOptions {
  /** For messages; its ending chooses the format. */
  readonly file?: string;
  /** The registry key that the document is for; without it the document's fields say what it is. */
  readonly key?: 'mesh' | `service/${string}`;
  /** By the file's ending, or else JSON where the text is JSON and YAML where not. */
  readonly format?: 'yaml' | 'json' | 'auto';
}

export type ParsedFile =
  | { readonly ok: true; readonly documents: readonly StoredDocument[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Parses a text that holds one document. */
export function parseDocument(text: string, options: ParseOptions = {}): ParseResult {
  const file = options.file ?? options.key ?? 'document';
  if (text.length > maxTextLength) return tooLarge(file);
  const document = mayBeJson(options) ? soundDocument(text, options.key) : undefined;
  if (document !== undefined) return { ok: true, document };
  const trees = treesOf(text, options);
  const [tree] = trees;
  if (tree === undefined || trees.length > 1) {
    return miscounted(text, file, trees.length, 'one document');
  }
  return resultOf(tree, text, file, options.key);
}

/** Parses a file of any number of documents, in YAML separated by `---`. */
export function parseFile(text: string, file: string): ParsedFile {
  if (text.length > maxTextLength) {
    const refused = tooLarge(file);
    return refused.ok ? { ok: true, documents: [refused.document] } : refused;
  }
  const trees = treesOf(text, { file });
  // An empty file is somebody's mistake: the service it was meant for would be served by some other document, or by none.
  if (trees.length === 0) return miscounted(text, file, 0, 'at least one document');
  const results = trees.map((tree) => resultOf(tree, text, file, undefined));
  const issues = results.flatMap((result) => (result.ok ? [] : result.issues));
  return issues.length > 0
    ? { ok: false, issues }
    : { ok: true, documents: results.flatMap((result) => (result.ok ? [result.document] : [])) };
}

function miscounted(
  text: string,
  file: string,
  count: number,
  expected: string,
): { ok: false; issues: readonly Issue[] } {
  const message = count === 0 ? 'there is no document here' : `there are ${count} documents here`;
  const place = { file, ...positionOf(text, 0), path: '' };
  return { ok: false, issues: [{ ...place, message, expected, severity: 'error', code: malformed.syntax }] };
}

/** The key under which a document is stored. */
export function keyOf(document: StoredDocument): 'mesh' | `service/${string}` {
  return document.kind === 'mesh' ? 'mesh' : `service/${document.service.service}`;
}

function mayBeJson({ file = '', format = 'auto' }: ParseOptions): boolean {
  return format === 'json' || (format === 'auto' && !/\.ya?ml$/.test(file));
}

/** The documents of a text, before anybody asks whether they are sound. */
export function treesOf(text: string, options: ParseOptions): readonly TreeResult[] {
  const { file = '', format = 'auto' } = options;
  if (format === 'json' || (format === 'auto' && file.endsWith('.json'))) return [parseJsonTree(text)];
  if (mayBeJson(options)) {
    const json = parseJsonTree(text);
    if (json.ok) return [json];
  }
  return parseYamlTrees(text);
}

function resultOf(parsed: TreeResult, text: string, file: string, key: string | undefined): ParseResult {
  if (parsed.ok) return documentOf(parsed.tree, text, file, key);
  const { line, column } = positionOf(text, parsed.at);
  return {
    ok: false,
    issues: [
      {
        file,
        line,
        column,
        path: '',
        message: parsed.message,
        expected: '',
        severity: 'error',
        code: malformed.syntax,
      },
    ],
  };
}
