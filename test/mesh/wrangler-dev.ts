/** Runs Workers as their authors do, without Selvedge: one `wrangler dev` with all configs. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BareDev {
  /** Where the first config's Worker listens. */
  readonly url: string;
  stop(): Promise<void>;
}

const wrangler = new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url).pathname;

export async function startBareDev(options: {
  configs: readonly string[];
  cwd: string;
  env?: string;
  /** Without the bindings that exist only in an account. */
  local?: boolean;
}): Promise<BareDev> {
  const state = mkdtempSync(join(tmpdir(), 'selvedge-bare-'));
  const args = [
    'dev',
    ...options.configs.flatMap((config) => ['-c', config]),
    '--ip',
    '127.0.0.1',
    '--port',
    '0',
    '--inspector-port',
    '0',
  ];
  args.push(
    '--persist-to',
    state,
    '--show-interactive-dev-session=false',
    ...(options.env ? ['--env', options.env] : []),
    ...(options.local ? ['--local'] : []),
  );
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_REGISTRY_PATH: join(state, 'registry'),
      NO_COLOR: '1',
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    // The group, because wrangler runs workerd as a child of its own.
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  };

  let said = '';
  const url = await new Promise<string | undefined>((resolve) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const ready = /Ready on (http:\/\/\S+)/.exec(said);
      if (ready) resolve(ready[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', () => resolve(undefined));
    setTimeout(() => resolve(undefined), 45_000).unref();
  });
  if (url === undefined) {
    await stop();
    throw new Error(`wrangler dev did not start:\n${said}`);
  }
  return { url, stop };
}
