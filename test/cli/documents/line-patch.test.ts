import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedPatch } from '../../../src/cli/documents/line-patch.ts';

const labels = ['old', 'new'] as const;
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** What patch(1) does with a unified patch; throws where a line that should be there is not. */
function applyPatch(before: string, patch: string): string {
  const lines = before.split('\n').slice(0, -1);
  const result: string[] = [];
  let at = 0;
  let [oldLeft, newLeft] = [0, 0];
  for (const line of patch === '' ? [] : patch.split('\n').slice(2)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/.exec(line);
    if (oldLeft === 0 && newLeft === 0) {
      if (hunk === null) throw new Error(`no hunk: ${line}`);
      [oldLeft, newLeft] = [Number(hunk[2] ?? 1), Number(hunk[4] ?? 1)];
      const start = Number(hunk[1]) - (oldLeft === 0 ? 0 : 1);
      while (at < start) result.push(lines[at++] as string);
      if (result.length !== Number(hunk[3]) - (newLeft === 0 ? 0 : 1)) throw new Error(`another place: ${line}`);
      continue;
    }
    if (line[0] !== '+') {
      if (lines[at++] !== line.slice(1)) throw new Error(`not there: ${line}`);
      oldLeft -= 1;
    }
    if (line[0] !== '-') {
      result.push(line.slice(1));
      newLeft -= 1;
    }
  }
  return text([...result, ...lines.slice(at)]);
}

/** Length of a longest common subsequence, by the textbook's table. */
function commonLength(one: readonly string[], other: readonly string[]): number {
  let row = new Array<number>(other.length + 1).fill(0);
  for (const line of one) {
    const next = [0];
    other.forEach((word, index) => {
      next.push(line === word ? (row[index] as number) + 1 : Math.max(row[index + 1] as number, next[index] as number));
    });
    row = next;
  }
  return row.at(-1) as number;
}

describe('a unified patch', () => {
  test.each([
    { name: 'equal texts have none', before: ['a'], after: ['a'], patch: '' },
    {
      name: 'of nothing',
      before: [],
      after: ['a', 'b'],
      patch: '--- old\n+++ new\n@@ -0,0 +1,2 @@\n+a\n+b',
    },
    {
      name: 'to nothing',
      before: ['a'],
      after: [],
      patch: '--- old\n+++ new\n@@ -1 +0,0 @@\n-a',
    },
    {
      name: 'has three lines of context',
      before: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
      after: ['1', '2', '3', '4', 'five', '6', '7', '8', '9'],
      patch: '--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8',
    },
    {
      name: 'two changes far apart are two hunks',
      before: ['a', '1', '2', '3', '4', '5', '6', '7', '8', 'z'],
      after: ['b', '1', '2', '3', '4', '5', '6', '7', '8'],
      patch: '--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n+b\n 1\n 2\n 3\n@@ -7,4 +7,3 @@\n 6\n 7\n 8\n-z',
    },
  ])('$name', ({ before, after, patch }) => {
    expect(unifiedPatch(text(before), text(after), labels)).toBe(patch);
  });

  test('makes the one text of the other, and changes no line more than it must', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '', '--- x', '@@ -1 +1 @@'), { maxLength: 40 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const patch = unifiedPatch(text(before), text(after), labels);
        expect(applyPatch(text(before), patch)).toBe(text(after));
        const changed = patch
          .split('\n')
          .slice(2)
          .filter((line) => /^[-+]/.test(line)).length;
        expect(changed).toBe(before.length + after.length - 2 * commonLength(before, after));
      }),
      { numRuns: 400 },
    );
  });

  test('of large texts that have nothing in common is found at once, and still right', () => {
    const [before, after] = ['a', 'b'].map((letter) => text(Array.from({ length: 20_000 }, (_, n) => `${letter}${n}`)));
    const begin = performance.now();
    const patch = unifiedPatch(before as string, after as string, labels);
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(applyPatch(before as string, patch)).toBe(after);
  });
});
