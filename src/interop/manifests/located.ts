/** A value of a manifest that knows where it stands. Whoever reads it says which fields it knows; every other one is named. */

import { closestName } from '../../core/closest-name.ts';
import { ownEntry } from '../../core/own-entry.ts';
import { type Issue, malformed, type PathKey, pathText } from '../../model/findings/issue.ts';
import { offsetOf, positionOf, type Tree, treeValue } from '../../model/reading/tree.ts';
import { importCode, type Report } from '../import-issue.ts';

/** The text that a value was read from. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** The object as a whole. */
  readonly root: Tree;
  readonly report: Report;
}

export class Located {
  constructor(
    private readonly source: Source,
    private readonly tree: Tree | undefined,
    private readonly path: readonly PathKey[],
  ) {}

  /** Whether there is something; `null` is nothing, as in Kubernetes. */
  get present(): boolean {
    return this.tree !== undefined && !(this.tree.kind === 'leaf' && this.tree.value === null);
  }

  get report(): Report {
    return this.source.report;
  }

  /** The plain value. */
  get value(): unknown {
    return this.tree === undefined ? undefined : treeValue(this.tree);
  }

  get(name: string): Located {
    const entry = this.tree?.kind === 'map' ? this.tree.entries.findLast((one) => one.key === name) : undefined;
    return new Located(this.source, entry?.value, [...this.path, name]);
  }

  /** A value of a text that stands here; places in it are those of that text. */
  within(text: string, tree: Tree): Located {
    const file = `${this.source.file}#${pathText(this.path)}`;
    return new Located({ file, text, root: tree, report: this.report }, tree, []);
  }

  /** What stands at a path below. */
  at(path: readonly PathKey[]): Located {
    return path.reduce<Located>(
      (node, key) => (typeof key === 'string' ? node.get(key) : (node.items()[key] ?? node)),
      this,
    );
  }

  /** The last thing on a path below that is there. */
  deepest(path: readonly PathKey[]): Located {
    let node: Located = this;
    for (const key of path) {
      const next = typeof key === 'string' ? node.get(key) : node.tree?.kind === 'list' ? node.items()[key] : undefined;
      if (next?.present !== true) return node;
      node = next;
    }
    return node;
  }

  /** Names every field beside `known`; `refused` says why of those that are known to have no counterpart. */
  only(known: readonly string[], refused: Readonly<Record<string, string>> = {}): this {
    if (!this.present) return this;
    if (this.tree?.kind !== 'map') {
      this.wrong(`an object with ${known.join(', ')}`);
      return this;
    }
    for (const { key, value } of this.tree.entries) {
      const field = this.get(key);
      if (known.includes(key) || (value.kind === 'leaf' && value.value === null)) continue;
      const why = ownEntry(refused, key);
      if (why !== undefined) field.refuse(why);
      else {
        const meant = closestName(key, known);
        const names = known.join(', ');
        field.tell(
          'error',
          malformed.unknownField,
          `unknown field ${JSON.stringify(key)}`,
          meant === undefined ? `one of ${names}` : `${meant} (one of ${names})`,
          true,
        );
      }
    }
    return this;
  }

  /** The entries of a list; none where there is no list. */
  items(): Located[] {
    if (!this.present) return [];
    if (this.tree?.kind !== 'list') {
      this.wrong('a list');
      return [];
    }
    return this.tree.items.map((item, index) => new Located(this.source, item, [...this.path, index]));
  }

  /** Names and values of a map whose keys people choose. */
  entries(): [string, Located][] {
    if (!this.present) return [];
    if (this.tree?.kind !== 'map') {
      this.wrong('an object');
      return [];
    }
    return this.tree.entries.map(({ key }) => [key, this.get(key)]);
  }

  text(): string | undefined {
    if (!this.present) return undefined;
    const { value } = this;
    if (typeof value === 'string') return value;
    this.wrong('text');
    return undefined;
  }

  number(): number | undefined {
    if (!this.present) return undefined;
    const { value } = this;
    if (typeof value === 'number') return value;
    this.wrong('a number');
    return undefined;
  }

  flag(): boolean | undefined {
    if (!this.present) return undefined;
    const { value } = this;
    if (typeof value === 'boolean') return value;
    this.wrong('true or false');
    return undefined;
  }

  /** One of a few words; anything else is named. */
  word<const TWords extends readonly string[]>(words: TWords): TWords[number] | undefined {
    const text = this.text();
    if (text === undefined || words.includes(text)) return text;
    this.wrong(`one of ${words.join(', ')}`);
    return undefined;
  }

  /** Names that stand in a map of texts, such as labels. */
  texts(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [key, entry] of this.entries()) {
      const text = entry.text();
      if (text !== undefined) found[key] = text;
    }
    return found;
  }

  /** It cannot be carried over. */
  refuse(why: string, expected = ''): void {
    this.tell('error', importCode.notCarried, why, expected, this.path.length > 0);
  }

  /** It cannot be carried over, and without it calls would pass that were refused: an error whatever is asked for. */
  opens(why: string, expected = ''): void {
    this.tell('error', importCode.opens, why, expected, false);
  }

  /** Named, since calls go the same way without it. */
  pointless(why: string): void {
    if (this.present) this.tell('warning', importCode.noMeaning, why, '', true);
  }

  /** A reference that leads nowhere: accepted, and calls that follow it get an error, as the standard says. */
  unresolved(why: string): void {
    this.tell('warning', importCode.unresolved, why, '', false);
  }

  wrong(expected: string): void {
    const { value } = this;
    const shown = value === undefined ? 'missing' : (JSON.stringify(value) ?? 'missing');
    this.tell(
      'error',
      malformed.badValue,
      `the value is ${shown.length > 80 ? `${shown.slice(0, 76)}...` : shown}`,
      expected,
      false,
    );
  }

  tell(severity: 'error' | 'warning', code: string, message: string, expected: string, onKey: boolean): Issue {
    const { file, text, root, report } = this.source;
    const place = positionOf(text, offsetOf(root, this.path, onKey));
    const issue = { file, ...place, path: pathText(this.path), message, expected, severity, code };
    report.add(issue);
    return issue;
  }
}
