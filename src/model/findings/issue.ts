/** What is wrong, or doubtful, about a document: the same shape at every door. */

export type PathKey = string | number;

/** A finding before it is known where in a file it stands. */
export interface Problem {
  readonly path: readonly PathKey[];
  /** What is wrong, as a clause: `the value is "5 seconds"`. */
  readonly message: string;
  /** What would be right, as a phrase; `''` where the message says all. */
  readonly expected: string;
  readonly severity: 'error' | 'warning';
  /** `SV` and four digits: 00xx malformed, 01xx lint. */
  readonly code: string;
  /** The finding is about the key itself, not its value. */
  readonly onKey?: boolean;
}

export interface Issue {
  /** File name, or the key in the registry. */
  readonly file: string;
  /** From 1; 0 where the finding has no place in a text. */
  readonly line: number;
  /** From 1, in UTF-16 code units; 0 as for `line`. */
  readonly column: number;
  /** `routes[1].backends[0].version`; `''` for the document as a whole. */
  readonly path: string;
  readonly message: string;
  readonly expected: string;
  /** `info` is nothing that anybody need change. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
}

/** Codes of malformed documents. */
export const malformed = {
  syntax: 'SV0001',
  tooLarge: 'SV0002',
  duplicateKey: 'SV0003',
  forbiddenKey: 'SV0004',
  unknownField: 'SV0005',
  missingField: 'SV0006',
  badValue: 'SV0007',
  inconsistent: 'SV0008',
  unknownVersion: 'SV0009',
  duplicate: 'SV0010',
  badRegex: 'SV0011',
  wrongKey: 'SV0012',
  noRoute: 'SV0013',
  unknownListener: 'SV0014',
  manifest: 'SV0015',
} as const;

/** Writes a path as people read it. */
export function pathText(path: readonly PathKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

/** The keys of a path that `pathText` wrote. */
export function pathKeys(text: string): PathKey[] {
  const parts = text.matchAll(/\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g);
  return [...parts].map(([, name, index, quoted]) =>
    index !== undefined ? Number(index) : (name ?? (JSON.parse(quoted ?? '""') as string)),
  );
}

/** Files by name, and each from the top, as people mend them. */
export function byPlace(one: Issue, other: Issue): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.line - other.line || one.column - other.column;
}

/** One line for terminals and status pages: `file:line:column path: message; expected ...`. */
export function issueText(issue: Issue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  const path = issue.path === '' ? '' : ` ${issue.path}:`;
  const expected = issue.expected === '' ? '' : `; expected ${issue.expected}`;
  return `${place}:${path} ${issue.message}${expected} [${issue.code}]`;
}
