/** The page about requests says what the rows say, and no published weakness of Envoy or Istio that we know of is left out. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { requestRows } from '../rows/all-rows.ts';
import { keySetRows } from '../rows/key-set-rows.ts';
import { tokenRows } from '../rows/token-rows.ts';
import { shownElsewhere } from './shown-elsewhere.ts';
import { renderTable, tablePath } from './table.ts';
import { withoutCounterpart } from './without-counterpart.ts';

/** Of the advisories of both projects: those about paths, hosts, headers, methods, tokens and doors, and whatever else was named. */
const advisories = [
  'CVE-2019-9900',
  'CVE-2019-9901',
  'CVE-2019-15226',
  'CVE-2020-15104',
  'CVE-2021-29492',
  'CVE-2021-31920',
  'CVE-2021-31921',
  'CVE-2021-32777',
  'CVE-2021-32779',
  'CVE-2021-32780',
  'CVE-2021-32781',
  'CVE-2021-34824',
  'CVE-2021-39155',
  'CVE-2021-39156',
  'CVE-2021-43824',
  'CVE-2022-21654',
  'CVE-2022-21679',
  'CVE-2022-23635',
  'CVE-2023-27487',
  'CVE-2023-27488',
  'CVE-2023-27491',
  'CVE-2023-27492',
  'CVE-2023-27493',
  'CVE-2023-27496',
  'CVE-2023-35941',
  'CVE-2023-35942',
  'CVE-2023-35943',
  'CVE-2023-35944',
  'CVE-2023-35945',
  'CVE-2024-23322',
  'CVE-2024-23323',
  'CVE-2024-23324',
  'CVE-2024-23325',
  'CVE-2024-23326',
  'CVE-2024-23327',
  'CVE-2024-30255',
  'CVE-2024-45806',
  'CVE-2024-45807',
  'CVE-2024-45808',
  'CVE-2024-45809',
  'CVE-2024-45810',
  'CVE-2025-46821',
  'CVE-2025-54588',
  'CVE-2025-55162',
  'CVE-2025-64527',
  'CVE-2025-64763',
  'CVE-2025-66220',
  'CVE-2026-26308',
  'CVE-2026-31837',
  'CVE-2026-31838',
  'CVE-2026-39350',
  'CVE-2026-47774',
  'CVE-2026-73511',
  'CVE-2026-73552',
  'CVE-2026-73553',
  'GHSA-fgw5-hp8f-xfhc',
  'GHSA-w44g-8m76-8gc5',
];

const rows = [...requestRows, ...tokenRows, ...keySetRows, ...shownElsewhere];
const shown = new Set(rows.flatMap(({ source }) => source.split(', ')));
const explained = withoutCounterpart.flatMap(({ ids }) => ids);

describe('the page about requests', () => {
  it('is what the rows make of it', async () => {
    expect(await readFile(tablePath, 'utf8')).toBe(renderTable());
  });
  it('has no two rows of one name in an area', () => {
    const names = [
      ...requestRows.map(({ area, name }) => `${area}: ${name}`),
      ...tokenRows.map(({ name }) => `token: ${name}`),
      ...keySetRows.map(({ name }) => `key set: ${name}`),
      ...shownElsewhere.map(({ area, name }) => `${area}: ${name}`),
    ];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
  it.each(shownElsewhere)('$area: $name stands in test/$file', async ({ file, test }) => {
    expect(await readFile(new URL(`../../${file}.test.ts`, import.meta.url), 'utf8')).toContain(test);
  });
  it('leaves no advisory out', () => {
    expect(advisories.filter((id) => !shown.has(id) && !explained.includes(id))).toEqual([]);
  });
  it('explains none that a row shows, and none twice', () => {
    expect(explained.filter((id, index) => shown.has(id) || explained.indexOf(id) !== index)).toEqual([]);
  });
  it('explains in whole sentences', () => {
    const sentences = withoutCounterpart.flatMap(({ there, here }) => [there, here]);
    expect(sentences.filter((text) => !/^[A-Z].{10,}\.$/.test(text))).toEqual([]);
  });
});
