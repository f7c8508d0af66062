/** The tree of an expression. Each node knows what its limits are judged by, so that no walk over a tree needs to count. */
import type { CharSet } from './char-set.ts';

export type Assertion = 'begin-text' | 'end-text' | 'begin-line' | 'end-line' | 'word-boundary' | 'no-word-boundary';

interface Measures {
  /** Instructions of its program, counted repetitions written out. */
  readonly size: number;
  readonly height: number;
  /** How often the innermost counted repetition is written out. */
  readonly copies: number;
  /** Whether it can match nothing. */
  readonly nullable: boolean;
}

export type RegexNode = Measures &
  (
    | { readonly kind: 'set'; readonly set: CharSet }
    | { readonly kind: 'assert'; readonly assertion: Assertion }
    | { readonly kind: 'concat'; readonly items: readonly RegexNode[] }
    | { readonly kind: 'alternate'; readonly items: readonly RegexNode[] }
    | { readonly kind: 'capture'; readonly item: RegexNode; readonly index: number }
    | {
        readonly kind: 'repeat';
        readonly item: RegexNode;
        readonly least: number;
        /** Infinity for no bound. */
        readonly most: number;
        readonly greedy: boolean;
      }
  );

export type Repetition = Extract<RegexNode, { kind: 'repeat' }>;

/** One character of a set. */
export function setNode(set: CharSet): RegexNode {
  return { kind: 'set', set, size: 1, height: 1, copies: 1, nullable: false };
}

/** A condition on a place, which takes no character. */
export function assertNode(assertion: Assertion): RegexNode {
  return { kind: 'assert', assertion, size: 1, height: 1, copies: 1, nullable: true };
}

/** One after the other; a single item is itself. */
export function concatNode(items: readonly RegexNode[]): RegexNode {
  if (items.length === 1) return items[0] as RegexNode;
  return { kind: 'concat', items, ...together(items), nullable: items.every((item) => item.nullable) };
}

/** The first that matches, in their order; a single item is itself. */
export function alternateNode(items: readonly RegexNode[]): RegexNode {
  if (items.length === 1) return items[0] as RegexNode;
  const { size, height, copies } = together(items);
  const nullable = items.some((item) => item.nullable);
  return { kind: 'alternate', items, size: size + items.length - 1, height, copies, nullable };
}

/** A group whose match is kept; groups count from 1. */
export function captureNode(item: RegexNode, index: number): RegexNode {
  const { size, height, copies, nullable } = item;
  return { kind: 'capture', item, index, size: size + 2, height: height + 1, copies, nullable };
}

/** From `least` to `most` times, `Infinity` for no bound. */
export function repeatNode(item: RegexNode, least: number, most: number, greedy: boolean): RegexNode {
  const { size, height, nullable } = item;
  const bounded = Number.isFinite(most);
  const optional = bounded ? (most - least) * (size + 1) : least === 0 ? size + (nullable ? 2 : 1) : 1;
  // The counts of `*`, `+` and `?` are no copies.
  const copies = item.copies * Math.max(1, bounded ? most : least);
  return {
    kind: 'repeat',
    item,
    least,
    most,
    greedy,
    size: least * size + optional,
    height: height + 1,
    copies,
    nullable: nullable || least === 0,
  };
}

function together(items: readonly RegexNode[]): Omit<Measures, 'nullable'> {
  let size = 0;
  let height = 0;
  let copies = 1;
  for (const item of items) {
    size += item.size;
    height = Math.max(height, item.height);
    copies = Math.max(copies, item.copies);
  }
  return { size, height: height + 1, copies };
}
