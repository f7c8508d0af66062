/** `npm run bench [-- --json] [--quick] [--ingredients] [--routes] [--identity]`: what an edge costs, beside a bare pass-through Worker in the same run. */
import { runBench } from '../test/bench/bench.ts';
import { identityJson, identityLines, measureIdentity } from '../test/bench/identity.ts';
import { benchJson, benchTable } from '../test/bench/report.ts';
import { measureRoutes, routesJson, routesLines } from '../test/bench/routes.ts';
import { scriptOptions } from './script-options.ts';

const usage = `npm run bench [-- OPTIONS]

Measures what an edge costs beside a bare pass-through Worker, in the same run.

  --quick        fewer calls: for a look, not for a comparison
  --ingredients  also what the parts of an edge cost alone
  --routes       only what many routes cost
  --identity     only what identity and access rules cost
  --json         JSON on standard output; what happens on the way goes to standard error`;

const values = scriptOptions(usage, {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  ingredients: { type: 'boolean', default: false },
  /** Needs no mesh. */
  routes: { type: 'boolean', default: false },
  identity: { type: 'boolean', default: false },
});

if (values.routes) {
  const figures = measureRoutes(values.quick);
  console.log(values.json ? JSON.stringify({ routes: routesJson(figures) }) : routesLines(figures).join('\n'));
} else if (values.identity) {
  const figures = await measureIdentity(values.quick, (text) => console.error(`bench: ${text}`));
  console.log(values.json ? JSON.stringify({ identity: identityJson(figures) }) : identityLines(figures).join('\n'));
} else {
  const result = await runBench(values, (text) => console.error(`bench: ${text}`));
  console.log(values.json ? JSON.stringify(benchJson(result)) : benchTable(result));
}
