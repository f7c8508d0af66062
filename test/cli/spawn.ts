/** The CLI as people run it: a process, its exit code and what it prints. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/selvedge.mjs', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The test's own environment, from which every word about control is taken away, and `env`. */
export function withoutControl(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { SELVEDGE_CONTROL: _control, SELVEDGE_TOKEN: _token, ...own } = process.env;
  return { ...own, ...env };
}

/** `env` is added to the test's own. */
export function selvedge(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: withoutControl(env), timeout: 150_000 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, out, err });
      },
    );
  });
}
