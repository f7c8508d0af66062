/** The table of behaviours, docs/parity.md, from the rows and the known differences. */
import { fileURLToPath } from 'node:url';
import { differences } from './differences.ts';
import { journeys } from './journeys.ts';
import { outsideRows } from './outside-rows.ts';
import { insideRows, type Row } from './row.ts';

export const tablePath = fileURLToPath(new URL('../../docs/parity.md', import.meta.url));

/** All rows; two of one name could not be told apart. */
export async function allRows(): Promise<readonly Row[]> {
  return [...(await insideRows()), ...outsideRows];
}

export function renderTable(rows: readonly Row[]): string {
  const areas = [...new Set(rows.map(({ area }) => area))];
  const different = rows.filter(({ rule }) => rule in differences).length;
  const lines = [
    '# What a mesh does not change',
    '',
    'One app of eight Workers runs bare and meshed, without a document and without a change to its code, and both are asked the',
    `same ${rows.length} things. ${rows.length - different} behaviours are the same; ${different} differ, and say why. The suite is`,
    '`test/mesh/parity.test.ts`; this page is written by `node --import tsx test/parity/write-table.ts`.',
  ];
  for (const area of areas) {
    lines.push('', `## ${area}`, '', '| behaviour | meshed |', '|---|---|');
    for (const row of rows.filter((row) => row.area === area)) {
      const difference = differences[row.rule];
      lines.push(
        `| ${cell(row.rule)} | ${difference === undefined ? 'same' : `different: ${cell(difference.reason)}`} |`,
      );
    }
  }
  lines.push(
    '',
    '## What only a mesh has',
    '',
    'One trace for one journey, with the calls that caused each other below each other:',
    '',
  );
  for (const { rule } of journeys) lines.push(`- ${rule}`);
  return `${lines.join('\n')}\n`;
}

/** Markdown tables know no other escape than that of the bar. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
