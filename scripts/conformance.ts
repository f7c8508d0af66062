/** `npm run conformance [-- --folder DIR] [--json]`: the score of Selvedge in test cases that others wrote. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report, runGatewayApi } from '../test/conformance/conformance.ts';
import { conformanceTable } from '../test/conformance/table.ts';

const { values } = parseArgs({ options: { folder: { type: 'string' }, json: { type: 'boolean', default: false } } });
const besideRepository = fileURLToPath(new URL('../../shared/conformance', import.meta.url));
const folder = resolve(values.folder ?? process.env.SELVEDGE_CONFORMANCE ?? besideRepository);

const results = existsSync(folder) ? ((await runGatewayApi(folder)) ?? []) : [];
if (results.length === 0)
  console.error(`No conformance cases in ${folder}: nothing was run, and nothing counts as passed.`);
const score = report(folder, results);
console.log(values.json ? JSON.stringify(score) : conformanceTable(results, score));
