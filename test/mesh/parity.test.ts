/** One rich app, bare and meshed: every observable behaviour is the same, but for the differences that are known and explained. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../parity/differences.ts';
import { observe } from '../parity/row.ts';
import { type MeshedSide, type StartedSide, startBareSide, startMeshedSide } from '../parity/sides.ts';
import { allRows, renderTable, tablePath } from '../parity/table.ts';

const rows = await allRows();

describe('an app, bare and meshed', () => {
  let bare: StartedSide;
  let meshed: MeshedSide;
  beforeAll(async () => {
    bare = await startBareSide();
    meshed = await startMeshedSide();
    // Eight Workers are bundled twice, each by a wrangler of its own.
  }, 240_000);
  afterAll(() => Promise.all([bare?.stop(), meshed?.stop()]));

  test.each(rows)('$area: $rule', async (row) => {
    const shown = await observe(row, bare);
    expect(shown, 'what the platform does without a mesh').toEqual(row.is);
    const through = await observe(row, meshed);
    const difference = differences[row.rule];
    if (difference === undefined) return expect(through, 'meshed').toEqual(shown);
    expect(difference.meshed, 'a difference that is listed').not.toEqual(row.is);
    expect(through, `meshed, with a known difference: ${difference.reason}`).toEqual(difference.meshed);
  });
});

describe('the table of behaviours', () => {
  test('each rule has one row', () => {
    const rules = rows.map(({ rule }) => rule);
    expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
  });

  test('every known difference is one of a row, and has a reason', () => {
    for (const [rule, { reason }] of Object.entries(differences)) {
      expect(
        rows.some((row) => row.rule === rule),
        rule,
      ).toBe(true);
      expect(reason.length, rule).toBeGreaterThan(20);
    }
  });

  test('docs/parity.md is up to date (else: node --import tsx test/parity/write-table.ts)', async () => {
    expect(await readFile(tablePath, 'utf8')).toBe(renderTable(rows));
  });
});
