/** What an importer finds: the model's issues, with codes of their own. */
import { type Issue, malformed } from '../model/findings/issue.ts';

/** Codes of importers. Documents have 00xx and lint 01xx. */
export const importCode = {
  /** The mesh has no words for it. */
  notCarried: 'SV0201',
  /** A kind of object that is not imported. */
  unknownKind: 'SV0202',
  /** It says something of Kubernetes that a Worker has no counterpart of, and calls go the same way without it. */
  noMeaning: 'SV0203',
  /** Something refers to what is not there, or may not be referred to. */
  unresolved: 'SV0204',
  /** A route that no gateway or service takes. */
  notAttached: 'SV0205',
  /** Two objects say different things about the same. */
  conflict: 'SV0206',
  /** Two objects cannot both have their name. */
  nameClash: 'SV0207',
  /** It has the right words, and the mesh's own rules refuse what they say. */
  refused: 'SV0208',
  /** Without it calls would pass that were refused. */
  opens: 'SV0209',
  /** A rule that refuses more calls here than it did there. */
  wider: 'SV0210',
  /** A rule that keeps callers out by their addresses, which calls inside of the mesh do not have. */
  noAddress: 'SV0211',
} as const;

/**
 * Findings that stay errors when everything else that cannot be carried over becomes a comment: nothing could be read there, or what
 * is missing kept somebody out.
 */
const alwaysErrors: ReadonlySet<string> = new Set([malformed.syntax, malformed.tooLarge, importCode.opens]);

/** Collects the findings of one import, each once. */
export class Report {
  readonly issues: Issue[] = [];
  private readonly seen = new Set<string>();
  /** Findings of every part that was read, repeated ones included: what a part found is known by the difference. */
  private readonly all: Issue[] = [];

  /** `lenient` makes warnings of what cannot be carried over. */
  constructor(private readonly lenient: boolean) {}

  add(issue: Issue): void {
    const softened: Issue =
      this.lenient && issue.severity === 'error' && !alwaysErrors.has(issue.code)
        ? { ...issue, severity: 'warning' }
        : issue;
    this.all.push(softened);
    const key = `${issue.file}:${issue.line}:${issue.column}:${issue.path}:${issue.message}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.issues.push(softened);
  }

  /** Runs a part of the import and tells what it found. */
  during<T>(part: () => T): { readonly value: T; readonly found: readonly Issue[] } {
    const before = this.all.length;
    const value = part();
    return { value, found: this.all.slice(before) };
  }

  /** The part's value where nothing in it was wrong: half of a condition would hold for calls that nobody meant. */
  whole<T>(part: () => T): T | undefined {
    const { value, found } = this.during(part);
    return found.some(isLoss) ? undefined : value;
  }
}

/** Whether a finding means that something is missing in the document. */
export function isLoss(issue: Issue): boolean {
  return !keptCodes.has(issue.code);
}

const keptCodes: ReadonlySet<string> = new Set([
  importCode.noMeaning,
  importCode.unresolved,
  importCode.notAttached,
  importCode.nameClash,
  importCode.wider,
  importCode.noAddress,
]);

/** A finding as a comment beside what was imported: where, and why. */
export function commentOf(issue: Issue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}` : issue.file;
  const expected = issue.expected === '' ? '' : `; expected ${issue.expected}`;
  return `${place}${issue.path === '' ? '' : ` ${issue.path}`}: ${issue.message}${expected}`;
}
