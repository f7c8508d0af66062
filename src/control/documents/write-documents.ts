/** Plans the writing of documents: all are checked first, then each is compared with what is stored. Pure but for the hash. */
import { diffDocuments } from '../../model/diff/diff.ts';
import { type Issue, malformed } from '../../model/findings/issue.ts';
import { keyOf, parseFile } from '../../model/reading/parse.ts';
import { parseStored } from '../../model/reading/stored.ts';
import { revisionOf } from '../../model/revision.ts';
import type { StoredDocument } from '../../model/sound-document.ts';
import type { WriteAnswer } from '../api-types.ts';

export interface PlannedWrite extends WriteAnswer {
  /** What will be stored. */
  readonly text: string;
  readonly document: StoredDocument;
}

export type Plan =
  | { readonly ok: true; readonly writes: readonly PlannedWrite[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The stored form: JSON that a person can still read with `wrangler kv key get`. */
export function storedText(document: StoredDocument): string {
  return `${JSON.stringify(document.kind === 'mesh' ? document.mesh : document.service, null, 2)}\n`;
}

/** Compares with what is stored under the key; equal content is `unchanged` even where its bytes were written differently. */
export async function planWrite(document: StoredDocument, storedNow: string | undefined): Promise<PlannedWrite> {
  const key = keyOf(document);
  const text = storedText(document);
  const before = storedNow === undefined ? undefined : parseStored(storedNow, key);
  const plan = async (change: WriteAnswer['change'], words: readonly string[]): Promise<PlannedWrite> => {
    const written = change === 'unchanged' ? (storedNow as string) : text;
    return { key, change, words, revision: await revisionOf(written), text: written, document };
  };
  if (before === undefined) return plan('created', []);
  if (!before.ok) return plan('updated', ['replaces a value that was malformed']);
  const words = diffDocuments(before.document, document);
  return words.length === 0 ? plan('unchanged', []) : plan('updated', words);
}

/** Two files that say different things about one service: none of them can be meant. */
function duplicates(found: readonly FoundDocument[]): Issue[] {
  const first = new Map<string, string>();
  const issues: Issue[] = [];
  for (const { file, document } of found) {
    const key = keyOf(document);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, file);
      continue;
    }
    const message = `a document for ${key} is already in ${other}`;
    issues.push({
      file,
      line: 1,
      column: 1,
      path: '',
      message,
      expected: 'one document for each service',
      severity: 'error',
      code: malformed.duplicate,
    });
  }
  return issues;
}

export interface FoundDocument {
  readonly file: string;
  readonly document: StoredDocument;
}

export type Checked =
  | { readonly ok: true; readonly found: readonly FoundDocument[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The documents of all files; with one mistake anywhere none, and all mistakes are told. */
export function checkFiles(files: readonly { readonly file: string; readonly text: string }[]): Checked {
  const found: FoundDocument[] = [];
  const issues: Issue[] = [];
  for (const { file, text } of files) {
    const parsed = parseFile(text, file);
    if (parsed.ok) found.push(...parsed.documents.map((document) => ({ file, document })));
    else issues.push(...parsed.issues);
  }
  issues.push(...duplicates(found));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, found };
}

/** Checks every document of every file; with one mistake anywhere nothing is planned, and all mistakes are told. */
export async function planWrites(
  files: readonly { readonly file: string; readonly text: string }[],
  stored: ReadonlyMap<string, string>,
): Promise<Plan> {
  const checked = checkFiles(files);
  if (!checked.ok) return checked;
  const { found } = checked;
  return {
    ok: true,
    writes: await Promise.all(found.map(({ document }) => planWrite(document, stored.get(keyOf(document))))),
  };
}
