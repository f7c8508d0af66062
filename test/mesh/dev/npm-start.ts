/** Runs `npm start` as npm does, but for npm itself, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../scripts/start.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

export interface StartRun {
  readonly child: ChildProcess;
  /** Standard output and standard error as far as they have come. */
  readonly said: () => { readonly out: string; readonly err: string };
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Resolves when standard output holds `text`; rejects where the run ends without it. */
  until(text: string): Promise<string>;
}

export function npmStart(args: readonly string[], cwd: string): StartRun {
  // A process group of its own, so that a signal to the group is what Ctrl-C is.
  const child = spawn(process.execPath, ['--import', tsx, script, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return {
    child,
    said: () => ({ out, err }),
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => out.includes(text) && resolve(out);
        child.stdout.on('data', look);
        look();
        void ended.then(() => reject(new Error(`it ended without saying "${text}":\n${out}${err}`)));
      }),
  };
}
