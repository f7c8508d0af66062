/** Lint, format and types, two at a time: each of the compilers uses one core, and one after the other they take as long as a tenth of the tests. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/cli/dev/mesh/mesh-sources.ts';
import { mapLimited } from '../src/derive/concurrency.ts';

const compile = (project: string) => ['typescript/bin/tsc', '-p', project];

/** The longest first. */
const checks = [
  compile('tsconfig.json'),
  compile('tsconfig.workers.json'),
  ['@biomejs/biome/bin/biome', 'check', '.'],
  compile('tsconfig.pure.json'),
];

const codes = await mapLimited(checks, 2, run);
if (codes.some((code) => code !== 0)) process.exitCode = 1;

/** What a check says is printed when it has ended, so that two never mix. */
function run([program = '', ...args]: readonly string[]): Promise<number> {
  const path = join(packageRoot, 'node_modules', program);
  const child = spawn(process.execPath, [path, ...args], { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(said);
      resolve(code ?? 1);
    });
  });
}
