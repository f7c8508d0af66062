/** The real wrangler, as a person runs it, against an account of a test. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findWranglerProgram } from '../../../src/derive/wrangler.ts';
import type { Account } from './account.ts';

const program = findWranglerProgram(fileURLToPath(new URL('../../../', import.meta.url)));

export interface WranglerRun {
  readonly code: number | null;
  readonly output: string;
}

/** Runs wrangler in `cwd` and gives its exit code and all that it printed; `input` is what it reads from standard input. */
export function wrangler(account: Account, cwd: string, args: readonly string[], input?: string): Promise<WranglerRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...account.env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.stdin?.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
