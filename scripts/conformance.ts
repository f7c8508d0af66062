/** `npm run conformance [-- --folder DIR] [--only TEXT] [--json]`: the score of Selvedge in test cases that others wrote. */
import { runConformance } from '../test/conformance/conformance.ts';
import { conformanceFolder } from '../test/conformance/folder.ts';
import { report } from '../test/conformance/score.ts';
import { conformanceTable } from '../test/conformance/table.ts';
import { scriptOptions } from './script-options.ts';

const usage = `npm run conformance [-- OPTIONS]

Scores Selvedge in test cases that others wrote, on workerd.

  --folder DIR  where the cases are; else SELVEDGE_CONFORMANCE, else shared/conformance beside the repository
  --only TEXT   only cases with this text in SUITE/NAME
  --json        JSON`;

const values = scriptOptions(usage, {
  folder: { type: 'string' },
  only: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
});
const folder = conformanceFolder(values.folder);

const results = (await runConformance(folder, ({ suite, name }) => `${suite}/${name}`.includes(values.only))) ?? [];
if (results.length === 0)
  console.error(`No conformance cases in ${folder}: nothing was run, and nothing counts as passed.`);
const score = report(results);
console.log(values.json ? JSON.stringify(score) : conformanceTable(results, score));
