/** Writes docs/requests.md anew. */
import { writeFile } from 'node:fs/promises';
import { renderTable, tablePath } from './table.ts';

await writeFile(tablePath, renderTable());
