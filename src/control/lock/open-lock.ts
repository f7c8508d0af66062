/** What the lock compares with, from the bindings of an invocation. */
import type { Context } from 'hono';
import type { KeyCache } from '../../identity/tokens/key-cache.ts';
import type { ControlBindings, ControlHono } from '../hono-env.ts';
import { defaultHosts, hostAllowed } from './access.ts';
import type { Lock } from './credential.ts';
import { type OperatorConfig, readOperatorConfig } from './operator-config.ts';
import type { TokenContext } from './operator-token.ts';

export interface OpenedLock {
  readonly lock: Lock;
  readonly context: TokenContext;
  readonly hosts: readonly string[];
  /** Whether there is any credential that could be right. */
  readonly configured: boolean;
}

/** This isolate's copies of issuers' keys. */
const keyCache: KeyCache = new Map();
/** The vars as they were read last: an isolate has the same ones as long as it lives. */
let known: { readonly operators: unknown; readonly access: unknown; readonly config: OperatorConfig } | undefined;

function configOf({ OPERATORS: operators, ACCESS: access }: ControlBindings): OperatorConfig {
  if (known === undefined || known.operators !== operators || known.access !== access) {
    known = { operators, access, config: readOperatorConfig(operators, access) };
    if (known.config.problem !== '') console.error(known.config.problem);
  }
  return known.config;
}

export function openLock(c: Context<ControlHono>): OpenedLock {
  const { TOKEN: token = '', HOSTS: hosts = defaultHosts, OPERATORS } = c.env;
  const config = configOf(c.env);
  return {
    lock: { token, config, sessions: { token, rules: OPERATORS } },
    context: {
      keyCache,
      now: () => Date.now(),
      lifetime: c.executionCtx,
      fetch: (url, init) => fetch(url, init),
      // A control that answers under no other names than those of this machine may ask issuers that run there too.
      allowLoopback: hosts.every((host) => isLocal(host)),
    },
    hosts,
    configured: token !== '' || config.issuers.length > 0 || config.access !== undefined,
  };
}

/** Whether a host, as in HOSTS or a Host header, is a name of this machine. */
export function isLocal(host: string): boolean {
  return hostAllowed(host, defaultHosts);
}
