/**
 * A text parsed into values that still know where they stand. JSON and YAML both end here, so that the search for a place, the
 * bounds against hostile input and the search for duplicate keys exist once.
 */
import { type Issue, malformed, type PathKey, type Problem, pathText } from '../findings/issue.ts';
import { forbiddenKeys, maxProblems } from './text-limits.ts';

export type Tree =
  | { readonly kind: 'map'; readonly at: number; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Tree[] }
  | { readonly kind: 'leaf'; readonly at: number; readonly value: string | number | boolean | null };

export interface TreeEntry {
  readonly key: string;
  /** Offset of the key in the text. */
  readonly keyAt: number;
  readonly value: Tree;
}

/** A parser's answer: the tree, or why there is none. */
export type TreeResult =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly at: number; readonly message: string };

/** Duplicate and forbidden keys, which no JSON value can show any more. */
export function treeProblems(tree: Tree): Problem[] {
  const problems: Problem[] = [];
  const visit = (node: Tree, path: readonly PathKey[]): void => {
    if (node.kind === 'list') {
      node.items.forEach((item, index) => {
        visit(item, [...path, index]);
      });
    } else if (node.kind === 'map') {
      const seen = new Set<string>();
      for (const { key, value } of node.entries) {
        const here = [...path, key];
        if (seen.has(key)) {
          problems.push({
            path: here,
            message: `the field ${JSON.stringify(key)} stands here more than once`,
            expected: 'each field once',
            severity: 'error',
            code: malformed.duplicateKey,
            onKey: true,
          });
        }
        if (forbiddenKeys.has(key)) {
          problems.push({
            path: here,
            message: `${JSON.stringify(key)} cannot be a field name`,
            expected: '',
            severity: 'error',
            code: malformed.forbiddenKey,
            onKey: true,
          });
        }
        seen.add(key);
        visit(value, here);
      }
    }
  };
  visit(tree, []);
  return problems.slice(0, maxProblems);
}

/** The plain value. Forbidden keys are left out; `treeProblems` reports them. */
export function treeValue(tree: Tree): unknown {
  if (tree.kind === 'leaf') return tree.value;
  if (tree.kind === 'list') return tree.items.map(treeValue);
  const value: Record<string, unknown> = {};
  for (const entry of tree.entries) {
    if (!forbiddenKeys.has(entry.key)) value[entry.key] = treeValue(entry.value);
  }
  return value;
}

/** The offset of a path; of its deepest part that exists where the rest is missing. */
export function offsetOf(tree: Tree, path: readonly PathKey[], onKey: boolean): number {
  let node = tree;
  let at = tree.at;
  for (let index = 0; index < path.length; index += 1) {
    const key = path[index] as PathKey;
    if (node.kind === 'map') {
      // The last of two equal keys: it is the one too many.
      const entry = node.entries.findLast((candidate) => candidate.key === key);
      if (entry === undefined) return at;
      at = entry.keyAt;
      if (onKey && index === path.length - 1) return at;
      node = entry.value;
    } else if (node.kind === 'list') {
      const item = node.items[key as number];
      if (item === undefined) return at;
      node = item;
    } else return at;
    at = node.at;
  }
  return at;
}

/** Line and column, both from 1. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let newline = text.indexOf('\n'); newline >= 0 && newline < offset; newline = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = newline + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** Gives problems their places. */
export function locate(problems: readonly Problem[], file: string, text: string, tree: Tree): Issue[] {
  return problems.map(({ path, message, expected, severity, code, onKey }) => ({
    file,
    ...positionOf(text, offsetOf(tree, path, onKey === true)),
    path: pathText(path),
    message,
    expected,
    severity,
    code,
  }));
}
