/** Writes docs/parity.md anew. */
import { writeFile } from 'node:fs/promises';
import { allRows, renderTable, tablePath } from './table.ts';

await writeFile(tablePath, renderTable(await allRows()));
