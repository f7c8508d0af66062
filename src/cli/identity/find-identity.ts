/** Where identity is: said on the command line, in the environment, or by a `selvedge dev` that runs here. */
import { type ControlClient, jsonClient } from '../control/control-client.ts';
import { findDevFile } from '../control/find-control.ts';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';

/** Arguments of every command that talks to identity. */
export const identityArgs = {
  identity: {
    type: 'string',
    description: 'URL of identity (or SELVEDGE_IDENTITY, or a running `selvedge dev`)',
    valueHint: 'url',
  },
  token: {
    type: 'string',
    description: "The operator's token of identity (or SELVEDGE_IDENTITY_TOKEN)",
    valueHint: 'token',
  },
  'trust-domain': {
    type: 'string',
    description: 'The trust domain, if not that of the deployment',
    valueHint: 'name',
  },
  json: { type: 'boolean', description: 'Print JSON' },
} as const;

export interface IdentityArgs {
  readonly identity?: string;
  readonly token?: string;
  readonly 'trust-domain'?: string;
}

export interface IdentityClient extends ControlClient {
  /** Whether the operator's token is known. */
  readonly isOperator: boolean;
}

/** A client of identity; the command line wins over the environment, and both win over `.selvedge/dev.json`. */
export async function connectIdentity(args: IdentityArgs): Promise<IdentityClient> {
  const url = args.identity || process.env.SELVEDGE_IDENTITY;
  const given = args.token || process.env.SELVEDGE_IDENTITY_TOKEN || undefined;
  if (url && !/^https?:\/\//.test(url)) throw usageFailure(`--identity must be an http(s) URL, got "${url}"`);
  const dev = url ? undefined : await findDevFile(process.cwd());
  const found = url || dev?.identity;
  if (!found) {
    const how = 'start `selvedge dev` here, or give --identity URL (or SELVEDGE_IDENTITY)';
    throw new CliFailure('no_identity', `no identity found: ${how}`, exitCode.unreachable);
  }
  const token = given ?? dev?.token;
  const client = jsonClient({ name: 'identity', url: found.replace(/\/+$/, ''), token, pid: dev?.pid });
  const where = (path: string) => withTrustDomain(path, args['trust-domain']);
  return {
    url: client.url,
    isOperator: token !== undefined,
    get: (path) => client.get(where(path)),
    send: (method, path, body) => client.send(method, where(path), body),
  };
}

/** A client for what only operators may do. */
export async function connectOperator(args: IdentityArgs): Promise<IdentityClient> {
  const client = await connectIdentity(args);
  if (client.isOperator) return client;
  throw usageFailure("this needs the operator's token of identity: give --token or set SELVEDGE_IDENTITY_TOKEN");
}

function withTrustDomain(path: string, trustDomain: string | undefined): string {
  if (trustDomain === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}trust-domain=${encodeURIComponent(trustDomain)}`;
}
