/** What an expression says without being run: the text that every match begins with, and whether that is all. */
import { type CharSet, everything, everythingButNewline, onlyMember } from './char-set.ts';
import type { RegexNode } from './tree.ts';

export interface LiteralPrefix {
  readonly text: string;
  /** What a match has after the text. */
  readonly rest: 'nothing' | 'something' | { readonly least: 0 | 1; readonly newlines: boolean };
}

/** The text that every full match begins with. */
export function literalPrefix(tree: RegexNode): LiteralPrefix {
  const items = withoutEnds(flattened(tree));
  let text = '';
  for (const [index, item] of items.entries()) {
    const last = index === items.length - 1;
    const open = last ? anyRest(item) : undefined;
    if (open !== undefined) return { text, rest: open };
    const found = prefixOf(item);
    text += found.text;
    if (!found.whole) return { text, rest: 'something' };
  }
  return { text, rest: 'nothing' };
}

/** The items of a sequence, those of groups in it written out. */
function flattened(node: RegexNode): RegexNode[] {
  const items: RegexNode[] = [];
  const ahead: RegexNode[] = [node];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next.kind === 'capture') ahead.push(next.item);
    else if (next.kind === 'concat') for (const item of [...next.items].reverse()) ahead.push(item);
    else items.push(next);
  }
  return items;
}

/** Anchors at the ends always hold for a whole value. */
function withoutEnds(items: readonly RegexNode[]): readonly RegexNode[] {
  let first = 0;
  let end = items.length;
  while (first < end && isAssertion(items[first], 'begin')) first += 1;
  while (end > first && isAssertion(items[end - 1], 'end')) end -= 1;
  return items.slice(first, end);
}

function isAssertion(node: RegexNode | undefined, side: 'begin' | 'end'): boolean {
  return node?.kind === 'assert' && (node.assertion === `${side}-text` || node.assertion === `${side}-line`);
}

function anyRest(node: RegexNode): LiteralPrefix['rest'] | undefined {
  if (node.kind !== 'repeat' || node.most !== Infinity) return undefined;
  const set = onlySet(node.item);
  if ((set !== everything && set !== everythingButNewline) || (node.least !== 0 && node.least !== 1)) return undefined;
  return { least: node.least, newlines: set === everything };
}

function onlySet(node: RegexNode): CharSet | undefined {
  let inner = node;
  while (inner.kind === 'capture') inner = inner.item;
  return inner.kind === 'set' ? inner.set : undefined;
}

function prefixOf(node: RegexNode): { readonly text: string; readonly whole: boolean } {
  switch (node.kind) {
    case 'set': {
      const code = onlyMember(node.set);
      // Two halves of a surrogate pair side by side would be one character of a value.
      if (code === undefined || (code >= 0xd800 && code <= 0xdfff)) return { text: '', whole: false };
      return { text: String.fromCodePoint(code), whole: true };
    }
    case 'assert':
      return { text: '', whole: false };
    case 'capture':
      return prefixOf(node.item);
    case 'concat': {
      let text = '';
      for (const item of node.items) {
        const found = prefixOf(item);
        text += found.text;
        if (!found.whole) return { text, whole: false };
      }
      return { text, whole: true };
    }
    case 'alternate': {
      const texts = node.items.map((item) => prefixOf(item).text);
      return { text: texts.reduce(commonStart), whole: false };
    }
    case 'repeat':
      return { text: node.least > 0 ? prefixOf(node.item).text : '', whole: false };
  }
}

function commonStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return one.slice(0, length);
}
