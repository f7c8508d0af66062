/** Runs wrangler as a program: the one of the user's project, as the user would, but never asking back. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { findWranglerProgram, wranglerEnvironment } from '../../../derive/wrangler.ts';
import { packageRoot } from '../../dev/mesh/mesh-sources.ts';

export interface WranglerRun {
  readonly code: number | null;
  /** All that it printed, without colours. */
  readonly output: string;
}

export interface WranglerOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

export function runWrangler(program: string, args: readonly string[], options: WranglerOptions): Promise<WranglerRun> {
  const { cwd, env, input } = options;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...env, ...wranglerEnvironment },
    });
    let output = '';
    const take = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.stdin?.end(input);
    child.on('error', fail);
    child.on('close', (code) => done({ code, output: stripVTControlCharacters(output) }));
  });
}

export interface WranglerAbilities {
  /** `deploy --tag` and `--message`. */
  readonly tag: boolean;
  /** `deploy --secrets-file`. */
  readonly secretsFile: boolean;
}

const known = new Map<string, Promise<WranglerAbilities>>();

/** What the program's `deploy` can do: ours is known, another is asked for its help. */
export function wranglerAbilities(program: string, env: WranglerOptions['env']): Promise<WranglerAbilities> {
  if (isOurWrangler(program)) return Promise.resolve({ tag: true, secretsFile: true });
  const asked =
    known.get(program) ??
    runWrangler(program, ['deploy', '--help'], { cwd: packageRoot, env }).then(({ output }) => ({
      tag: output.includes('--tag') && output.includes('--message'),
      secretsFile: output.includes('--secrets-file'),
    }));
  known.set(program, asked);
  return asked;
}

export function isOurWrangler(program: string): boolean {
  return program === findWranglerProgram(packageRoot);
}

/** The complaints about keys that this wrangler does not know, in its own words. */
export function unknownKeyWarnings(output: string): string[] {
  return [...output.matchAll(/Unexpected fields found in .*/g)].map(([line]) => line.trim());
}
