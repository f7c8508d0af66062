/** `npm run bench [-- --json] [--quick] [--ingredients] [--routes] [--identity]`: what an edge costs, beside a bare pass-through Worker in the same run. */
import { parseArgs } from 'node:util';
import { runBench } from '../test/bench/bench.ts';
import { identityJson, identityLines, measureIdentity } from '../test/bench/identity.ts';
import { benchJson, benchTable } from '../test/bench/report.ts';
import { measureRoutes, routesJson, routesLines } from '../test/bench/routes.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    ingredients: { type: 'boolean', default: false },
    /** Only what many routes cost, which needs no mesh. */
    routes: { type: 'boolean', default: false },
    /** Only what identity and access rules cost. */
    identity: { type: 'boolean', default: false },
  },
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
