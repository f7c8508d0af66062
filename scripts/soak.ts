/** `npm run soak [-- --json]`: 100,000 RPC calls through one edge, and what stays behind of them. Ends with code 1 where a bound is missed. */
import { missedBounds, soakJson, soakTable } from '../test/soak/report.ts';
import { fullSoak, runSoak } from '../test/soak/soak.ts';
import { scriptOptions } from './script-options.ts';

const usage = `npm run soak [-- --json]

Makes 100,000 RPC calls through one edge and looks for what stays behind of them. Ends with code 1 where a bound is missed.`;

const values = scriptOptions(usage, { json: { type: 'boolean', default: false } });

const result = await runSoak(fullSoak, (text) => console.error(`soak: ${text}`));
console.log(values.json ? JSON.stringify(soakJson(result)) : soakTable(result));
process.exitCode = missedBounds(result).length === 0 ? 0 : 1;
