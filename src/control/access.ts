/**
 * Who may talk to control. The token is the lock; Host and Origin are checked as well, because a browser on the same
 * machine can be made to send requests by any page it shows: by a name that resolves to 127.0.0.1 (DNS rebinding: the
 * Host gives it away) or from another port of this machine, which for cookies is the same site (the Origin gives it away).
 */

/** Host names that answer where the var HOSTS does not say otherwise: what `selvedge dev` listens on. */
export const defaultHosts: readonly string[] = ['127.0.0.1', 'localhost'];

export type Refusal =
  | { readonly code: 'host_refused'; readonly host: string }
  | { readonly code: 'origin_refused'; readonly origin: string }
  | { readonly code: 'no_token_configured' }
  | { readonly code: 'unauthenticated' };

export interface AccessFacts {
  readonly method: string;
  /** The Host header, port included; `''` if absent. */
  readonly host: string;
  /** The Origin header, or `null`. */
  readonly origin: string | null;
  /** How the caller showed the token, if the token was right. */
  readonly credential: 'bearer' | 'cookie' | 'none';
  readonly tokenConfigured: boolean;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a Host header names one of `hosts`. An entry without a port stands for every port. */
export function hostAllowed(host: string, hosts: readonly string[]): boolean {
  const lower = host.toLowerCase();
  const name = lower.replace(/:\d+$/, '');
  return hosts.some((allowed) => allowed.toLowerCase() === lower || allowed.toLowerCase() === name);
}

/** The host and port of an Origin; `undefined` for `null` and anything that is no origin. */
function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/** Why this call is refused, or `undefined` where it may go on. */
export function refuse(facts: AccessFacts, hosts: readonly string[]): Refusal | undefined {
  if (!hostAllowed(facts.host, hosts)) return { code: 'host_refused', host: facts.host };
  if (!facts.tokenConfigured) return { code: 'no_token_configured' };
  if (facts.credential === 'none') return { code: 'unauthenticated' };
  if (safeMethods.has(facts.method)) return undefined;
  // A cookie travels without the page's knowledge, so with a cookie the Origin must be there; a bearer token cannot be sent blindly.
  if (facts.origin === null) return facts.credential === 'cookie' ? { code: 'origin_refused', origin: '' } : undefined;
  return originHost(facts.origin) === facts.host.toLowerCase()
    ? undefined
    : { code: 'origin_refused', origin: facts.origin };
}

/** What an operator reads for a refusal. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.code) {
    case 'host_refused':
      return `control does not answer under the host "${refusal.host}"; the var HOSTS lists the names it answers under`;
    case 'origin_refused':
      return refusal.origin === ''
        ? 'a change that is authenticated by the cookie needs an Origin header'
        : `a change may not come from the origin "${refusal.origin}"`;
    case 'no_token_configured':
      return 'control has no TOKEN, so it refuses every call; set one with `wrangler secret put TOKEN`';
    case 'unauthenticated':
      return 'send `Authorization: Bearer TOKEN`, or open /?token=TOKEN once in a browser';
  }
}
