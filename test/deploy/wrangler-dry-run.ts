/** `wrangler deploy --dry-run` as a person runs it, and what it prints. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findWranglerProgram } from '../../src/derive/wrangler.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What wrangler prints for a command; rejects where it fails. */
export async function wrangler(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [findWranglerProgram(root), ...args], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'log', NO_COLOR: '1' },
  });
  return stdout + stderr;
}

export function dryRun(config: string, outdir: string, environment = ''): Promise<string> {
  return wrangler('deploy', '--dry-run', '--outdir', outdir, '--config', config, '--env', environment);
}

/** Names of the bindings and vars, in order of the alphabet. */
export function bindingNames(output: string): string[] {
  return [...output.matchAll(/^env\.(\w+) /gm)].map(([, name]) => name as string).sort();
}
