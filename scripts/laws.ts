/**
 * `npm run laws [-- --minutes N] [--seed S]`: the test files that hold laws, again and again with new cases for N minutes (10), or once
 * with those of seed S. It goes on after a failure, and ends with code 1 and the seeds that failed.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../src/cli/dev/mesh/mesh-sources.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes is a number above 0, not "${values.minutes}"`);

const files = readdirSync(join(packageRoot, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => join('test', path))
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => readFileSync(join(packageRoot, path), 'utf8').includes("from 'fast-check'"));

const failed: string[] = [];
const end = Date.now() + minutes * 60_000;
do {
  const seed = values.seed ?? String(randomInt(2 ** 31));
  const { passed, said } = await judge(seed);
  if (!passed) {
    failed.push(seed);
    console.log(said);
  }
  console.log(`seed ${seed}: ${files.length} files ${passed ? 'hold' : 'do not all hold'}`);
} while (values.seed === undefined && Date.now() < end);

for (const seed of failed) console.log(`again: npm run laws -- --seed ${seed}`);
if (failed.length > 0) process.exitCode = 1;

/** A run of its own for each seed; what it says is kept until it is known whether anyone needs it. */
function judge(seed: string): Promise<{ readonly passed: boolean; readonly said: string }> {
  const vitest = join(packageRoot, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...files], {
    cwd: packageRoot,
    env: { ...process.env, SELVEDGE_LAW_SEED: seed },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ passed: code === 0, said }));
  });
}
