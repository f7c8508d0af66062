/** What the rules of a document that span fields have found, and the small rules that several of them share. */

import { linearRegex, maxTotalRegexSize } from '../../core/regex/linear-regex.ts';
import { canonicalTarget, type Normalization } from '../../core/urls/canonical-path.ts';
import type { Fault } from './fault.ts';
import type { FaultName } from './fault-words.ts';
import type { PathKey } from './issue.ts';

export type Path = readonly PathKey[];

/** Paths that are canonical at first sight, as nearly all are. */
const plainPath = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+\/?$/;

/** Collects the faults of one document; the sizes of its expressions add up. */
export class Findings {
  readonly faults: Fault[] = [];
  #regexSize = 0;

  fault(path: Path, name: FaultName, ...values: readonly string[]): void {
    this.faults.push({ path, name, values });
  }

  /** Judges an expression; answers how many groups it has, or `undefined` where it is none. */
  regex(source: string, at: Path): number | undefined {
    if (this.#regexSize > maxTotalRegexSize) return undefined;
    const result = linearRegex(source);
    if (!result.ok) {
      this.fault(at, 'badRegex', String(result.at + 1), result.fault, ...result.values);
      return undefined;
    }
    this.#regexSize += result.size;
    if (this.#regexSize > maxTotalRegexSize) this.fault(at, 'largeRegexes', String(maxTotalRegexSize));
    return result.groups;
  }

  version(name: string, versions: readonly string[], at: Path): void {
    if (!versions.includes(name)) this.fault(at, 'noVersion', name, ...versions);
  }

  /** A path that is not canonical would never match, or be sent as another. `shown` is what people wrote. */
  literalPath(path: string, shown: string, at: Path, normalization: Normalization): void {
    if (plainPath.test(path)) return;
    if (!path.startsWith('/')) {
      this.fault(at, 'noSlash', shown);
      return;
    }
    if (/[?#]/.test(path)) {
      this.fault(at, 'queryOrFragment');
      return;
    }
    const target = canonicalTarget(`http://host${path}`, normalization);
    if (!target.ok) this.fault(at, 'told', target.detail);
    else if (target.path !== path) this.fault(at, 'otherPath', target.path, shown === path ? '' : 'as in');
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
