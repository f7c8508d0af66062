/** `npm run bench [-- --json] [--quick] [--ingredients]`: what an edge costs, beside a bare pass-through Worker in the same run. */
import { parseArgs } from 'node:util';
import { runBench } from '../test/bench/bench.ts';
import { benchJson, benchTable } from '../test/bench/report.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    ingredients: { type: 'boolean', default: false },
  },
});

const result = await runBench(values, (text) => console.error(`bench: ${text}`));
console.log(values.json ? JSON.stringify(benchJson(result)) : benchTable(result));
