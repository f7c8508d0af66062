/** What the rules of a document that span fields have found, and the small rules that several of them share. */
import { canonicalTarget, type Normalization } from '../../core/canonical-path.ts';
import { closestName } from '../../core/closest-name.ts';
import { linearRegex, maxTotalRegexSize } from '../../core/linear-regex.ts';
import type { Fault } from './fault.ts';
import { malformed, type PathKey, type Problem } from './issue.ts';

export type Path = readonly PathKey[];

/** Paths that are canonical at first sight, as nearly all are. */
const plainPath = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+\/?$/;

export class Findings {
  readonly problems: Problem[] = [];
  #regexSize = 0;

  add(path: Path, code: string, message: string, expected = ''): void {
    this.problems.push({ path, code, message, expected, severity: 'error' });
  }

  /** Adds what has its words elsewhere. */
  fault(path: Path, code: string, fault: Fault): void {
    this.problems.push({ path, code, message: '', expected: '', severity: 'error', fault });
  }

  /** Judges an expression; answers how many groups it has, or `undefined` where it is none. */
  regex(source: string, at: Path): number | undefined {
    if (this.#regexSize > maxTotalRegexSize) return undefined;
    const result = linearRegex(source);
    if (!result.ok) {
      const message = `at character ${result.at + 1} of the expression: ${result.reason}`;
      this.add(at, malformed.badRegex, message, result.expected);
      return undefined;
    }
    this.#regexSize += result.size;
    if (this.#regexSize > maxTotalRegexSize) {
      const message = `with this one the document's expressions have more than ${maxTotalRegexSize} steps, repetitions written out`;
      this.add(at, malformed.badRegex, message, 'fewer expressions, or smaller counts');
    }
    return result.groups;
  }

  version(name: string, versions: readonly string[], at: Path): void {
    if (versions.includes(name)) return;
    const meant = closestName(name, versions);
    this.add(
      at,
      malformed.unknownVersion,
      `the document declares no version ${JSON.stringify(name)}`,
      meant === undefined ? `one of ${versions.join(', ')}` : `${meant} (one of ${versions.join(', ')})`,
    );
  }

  /** A path that is not canonical would never match, or be sent as another. `shown` is what people wrote. */
  literalPath(path: string, shown: string, at: Path, normalization: Normalization): void {
    if (plainPath.test(path)) return;
    if (!path.startsWith('/')) {
      this.add(at, malformed.badValue, `the path ${JSON.stringify(shown)} does not begin with "/"`, `"/${shown}"`);
      return;
    }
    if (/[?#]/.test(path)) {
      this.add(at, malformed.badValue, 'a path has no query and no fragment', 'the path alone');
      return;
    }
    const target = canonicalTarget(`http://host${path}`, normalization);
    if (!target.ok) this.add(at, malformed.badValue, target.detail);
    else if (target.path !== path) {
      this.add(
        at,
        malformed.badValue,
        'the path is not canonical and would never match',
        shown === path ? target.path : `the canonical form, as in ${target.path}`,
      );
    }
  }
}

/** Indexes of values that stand earlier in the list already. */
export function repeated(values: readonly string[]): readonly number[] {
  if (values.length < 2) return [];
  const seen = new Set<string>();
  const again: number[] = [];
  values.forEach((value, index) => {
    if (seen.has(value)) again.push(index);
    seen.add(value);
  });
  return again;
}
