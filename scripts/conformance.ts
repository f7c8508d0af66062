/** `npm run conformance [-- --folder DIR] [--json]`: the score of Selvedge in test cases that others wrote. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { report, runGatewayApi } from '../test/conformance/conformance.ts';
import { conformanceFolder } from '../test/conformance/folder.ts';
import { conformanceTable } from '../test/conformance/table.ts';

const { values } = parseArgs({ options: { folder: { type: 'string' }, json: { type: 'boolean', default: false } } });
const folder = conformanceFolder(values.folder);

const results = existsSync(folder) ? ((await runGatewayApi(folder)) ?? []) : [];
if (results.length === 0)
  console.error(`No conformance cases in ${folder}: nothing was run, and nothing counts as passed.`);
const score = report(folder, results);
console.log(values.json ? JSON.stringify(score) : conformanceTable(results, score));
