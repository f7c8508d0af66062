/** The difference of two texts as a unified patch, with the fewest changed lines (Myers, "An O(ND) Difference Algorithm", 1986). */

/** One line of the one text or the other, or of both. */
interface Line {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

/** Unchanged lines around each change, as diff(1) and git have them. */
const context = 3;
/** Above this many changed lines the search would take longer than its result is worth: the rest is replaced as a whole. */
const maxChanges = 3000;

/** A unified patch that makes `after` of `before`, without a trailing line break; `''` where they are equal. */
export function unifiedPatch(before: string, after: string, labels: readonly [before: string, after: string]): string {
  const lines = diffLines(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines);
  return hunks.length === 0 ? '' : [`--- ${labels[0]}`, `+++ ${labels[1]}`, ...hunks].join('\n');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  // A line break ends a line; it does not begin one.
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (from: number, to: number) => before.slice(from, to).map((text): Line => ({ kind: ' ', text }));
  return [
    ...same(0, head),
    ...shortestScript(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.length - tail, before.length),
  ];
}

/**
 * `reach[k]` is the furthest line of `before` that the paths with so many changes reach on diagonal k, where k is how many more
 * lines of `before` than of `after` they have passed. One copy is kept for each number of changes, to find the way back.
 */
function shortestScript(before: readonly string[], after: readonly string[]): Line[] {
  const most = Math.min(before.length + after.length, maxChanges);
  const middle = most + 1;
  const reach = new Int32Array(2 * middle + 1);
  const earlier: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes += 1) {
    earlier.push(reach.slice(middle - changes - 1, middle + changes + 2));
    for (let k = -changes; k <= changes; k += 2) {
      const down = isDown(reach, middle + k, k, changes);
      let x = down ? (reach[middle + k + 1] as number) : (reach[middle + k - 1] as number) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      reach[middle + k] = x;
      if (x >= before.length && x - k >= after.length) return wayBack(before, after, earlier);
    }
  }
  return [...before.map((text): Line => ({ kind: '-', text })), ...after.map((text): Line => ({ kind: '+', text }))];
}

/** Whether the furthest path comes to diagonal k by a line of `after`, and not by one of `before`. */
function isDown(reach: Int32Array, at: number, k: number, changes: number): boolean {
  return k === -changes || (k !== changes && (reach[at - 1] as number) < (reach[at + 1] as number));
}

function wayBack(before: readonly string[], after: readonly string[], earlier: readonly Int32Array[]): Line[] {
  const lines: Line[] = [];
  let [x, y] = [before.length, after.length];
  for (let changes = earlier.length - 1; changes >= 0; changes -= 1) {
    const reach = earlier[changes] as Int32Array;
    const k = x - y;
    const at = changes + 1 + k;
    const down = isDown(reach, at, k, changes);
    const fromX = reach[down ? at + 1 : at - 1] as number;
    const startX = changes === 0 ? 0 : down ? fromX : fromX + 1;
    for (; x > startX; x -= 1, y -= 1) lines.push({ kind: ' ', text: before[x - 1] as string });
    if (changes === 0) break;
    if (down) lines.push({ kind: '+', text: after[--y] as string });
    else lines.push({ kind: '-', text: before[--x] as string });
  }
  return lines.reverse();
}

function hunksOf(lines: readonly Line[]): string[] {
  const hunks: string[] = [];
  const passed = { '-': 0, '+': 0 };
  let at = 0;
  for (const { begin, end } of changedRanges(lines)) {
    for (; at < begin; at += 1) pass(passed, lines[at] as Line);
    const from = { ...passed };
    for (; at < end; at += 1) pass(passed, lines[at] as Line);
    const range = (side: '-' | '+'): string => {
      const length = passed[side] - from[side];
      // Of an empty range diff(1) names the line before it.
      return `${side}${from[side] + (length === 0 ? 0 : 1)}${length === 1 ? '' : `,${length}`}`;
    };
    hunks.push(`@@ ${range('-')} ${range('+')} @@`, ...lines.slice(begin, end).map(({ kind, text }) => kind + text));
  }
  return hunks;
}

function pass(passed: { '-': number; '+': number }, { kind }: Line): void {
  if (kind !== '+') passed['-'] += 1;
  if (kind !== '-') passed['+'] += 1;
}

/** Changes with their context; those whose contexts touch are one. */
function changedRanges(lines: readonly Line[]): { readonly begin: number; end: number }[] {
  const ranges: { readonly begin: number; end: number }[] = [];
  lines.forEach(({ kind }, index) => {
    if (kind === ' ') return;
    const [begin, end] = [Math.max(0, index - context), Math.min(lines.length, index + context + 1)];
    const last = ranges.at(-1);
    if (last !== undefined && begin <= last.end) last.end = end;
    else ranges.push({ begin, end });
  });
  return ranges;
}
