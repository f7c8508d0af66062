/** Where control is: said on the command line, in the environment, or by a `selvedge dev` that runs here. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';

export interface ControlAddress {
  readonly url: string;
  /** Undefined where a service token of Cloudflare Access stands for it. */
  readonly token?: string;
  /** The process of the `selvedge dev` that wrote the address; undefined where a person gave it. */
  readonly pid?: number;
}

/** Arguments of every command that talks to control. */
export const controlArgs = {
  control: {
    type: 'string',
    description: 'URL of control (or SELVEDGE_CONTROL, or a running `selvedge dev`)',
    valueHint: 'url',
  },
  token: { type: 'string', description: 'Token of control (or SELVEDGE_TOKEN)', valueHint: 'token' },
  json: { type: 'boolean', description: 'Print JSON' },
} as const;

/** The headers by which Cloudflare Access knows a service token; undefined where the environment has none. */
export function accessHeaders(): Readonly<Record<string, string>> | undefined {
  const { CF_ACCESS_CLIENT_ID: id, CF_ACCESS_CLIENT_SECRET: secret } = process.env;
  return id && secret ? { 'cf-access-client-id': id, 'cf-access-client-secret': secret } : undefined;
}

/** What `selvedge dev` writes into `.selvedge/dev.json` beside where it was started. */
export interface DevFile {
  readonly control: string;
  readonly token: string;
  readonly gateway?: string;
  readonly identity?: string;
  readonly pid?: number;
}

/** The file that a `selvedge dev` of this or a parent directory keeps while it runs. */
export async function findDevFile(from: string): Promise<DevFile | undefined> {
  for (let directory = from; ; directory = dirname(directory)) {
    const text = await readFile(join(directory, '.selvedge', 'dev.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      try {
        const parsed = JSON.parse(text) as Partial<DevFile> | null;
        if (typeof parsed?.control === 'string' && typeof parsed.token === 'string') return parsed as DevFile;
      } catch {
        // A file that is just being written counts as absent; the search goes on upwards.
      }
    }
    if (dirname(directory) === directory) return undefined;
  }
}

/** The command line wins over the environment, and both win over `.selvedge/dev.json` of this or a parent directory. */
export async function findControl(args: {
  readonly control?: string;
  readonly token?: string;
}): Promise<ControlAddress> {
  const url = args.control ?? process.env.SELVEDGE_CONTROL;
  const token = args.token ?? process.env.SELVEDGE_TOKEN;
  if (url !== undefined && url !== '') {
    if (!/^https?:\/\//.test(url)) throw usageFailure(`--control must be an http(s) URL, got "${url}"`);
    if (!token && accessHeaders() === undefined)
      throw usageFailure(
        'control needs a token: give --token or set SELVEDGE_TOKEN (or CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET)',
      );
    return { url: url.replace(/\/+$/, ''), token: token || undefined };
  }
  const dev = await findDevFile(process.cwd());
  if (dev !== undefined) return { url: dev.control.replace(/\/+$/, ''), token: token || dev.token, pid: dev.pid };
  throw new CliFailure(
    'no_control',
    'no control found: start `selvedge dev` here, or give --control URL --token TOKEN (or SELVEDGE_CONTROL, SELVEDGE_TOKEN)',
    exitCode.unreachable,
  );
}
