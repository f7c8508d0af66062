/**
 * Who may talk to control. The credential is the lock; Host and Origin are checked as well, because a browser on the same
 * machine can be made to send requests by any page it shows: by a name that resolves to 127.0.0.1 (DNS rebinding: the
 * Host gives it away) or from another port of this machine, which for cookies is the same site (the Origin gives it away).
 */
import { covers, type Role } from './role.ts';

/** Host names that answer where the var HOSTS does not say otherwise: what `selvedge dev` listens on. */
export const defaultHosts: readonly string[] = ['127.0.0.1', 'localhost'];

export type Refusal =
  | { readonly code: 'host_refused'; readonly host: string }
  | { readonly code: 'origin_refused'; readonly origin: string }
  | { readonly code: 'no_token_configured' | 'unauthenticated' | 'no_role' | 'content_type_refused' }
  | { readonly code: 'role_needed'; readonly role: Role; readonly has: Role };

export interface AccessFacts {
  readonly method: string;
  /** The Host header, port included; `''` if absent. */
  readonly host: string;
  /** The origin under which control was asked, as a browser writes it: `https://control.example.com`. */
  readonly ownOrigin: string;
  /** The Origin header, or `null`. */
  readonly origin: string | null;
  /** The Sec-Fetch-Site header, or `null`. */
  readonly fetchSite: string | null;
  /** The Content-Type header, or `null`. */
  readonly contentType: string | null;
  /** How the caller showed a credential that holds: one that he sends knowingly, or one that a browser sends by itself. */
  readonly credential: 'bearer' | 'cookie' | 'none';
  /** What the credential stands for; `undefined` for none that a rule names. */
  readonly role: Role | undefined;
  /** What the request needs. */
  readonly needed: Role;
  /** Whether there is any credential that could be right. */
  readonly configured: boolean;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a method may change anything; one that is not known may. */
export function isChange(method: string): boolean {
  return !safeMethods.has(method);
}

/** Whether a Host header names one of `hosts`. An entry without a port stands for every port. */
export function hostAllowed(host: string, hosts: readonly string[]): boolean {
  const lower = host.toLowerCase();
  const name = lower.replace(/:\d+$/, '');
  return hosts.some((allowed) => allowed.toLowerCase() === lower || allowed.toLowerCase() === name);
}

/** Whether a browser says that a page of another origin asks. `none` is what a person asks for himself, from the address bar or a bookmark. */
export function asksForOthers(fetchSite: string | null): boolean {
  return fetchSite !== null && fetchSite !== 'same-origin' && fetchSite !== 'none';
}

/**
 * Whether a change comes from another site, as far as the browser says. A cookie travels without the page's knowledge, so with a
 * cookie the Origin must be there; a bearer token cannot be sent blindly, and programs send no Origin. A browser writes an origin in
 * one way only, so it is compared to the letter, scheme included.
 */
export function refuseOrigin(
  facts: Pick<AccessFacts, 'ownOrigin' | 'origin' | 'fetchSite'>,
  originNeeded: boolean,
): Extract<Refusal, { code: 'origin_refused' }> | undefined {
  const { origin, ownOrigin, fetchSite } = facts;
  if (origin === null ? originNeeded : origin !== ownOrigin) return { code: 'origin_refused', origin: origin ?? '' };
  return asksForOthers(fetchSite) ? { code: 'origin_refused', origin: origin ?? (fetchSite as string) } : undefined;
}

/** A form can send three types of body, of which none is here; another page's script must ask before it sends one of these (CORS). */
const bodyTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
]);

function bodyTypeAllowed({ method, contentType }: AccessFacts): boolean {
  if (contentType === null) return method === 'DELETE';
  return bodyTypes.has((contentType.split(';')[0] as string).trim().toLowerCase());
}

/** Why nobody may so much as knock: under this host, or where no credential could be right. */
export function refuseKnock(
  { host, configured }: Pick<AccessFacts, 'host' | 'configured'>,
  hosts: readonly string[],
): Refusal | undefined {
  if (!hostAllowed(host, hosts)) return { code: 'host_refused', host };
  return configured ? undefined : { code: 'no_token_configured' };
}

/** Why this call is refused, or `undefined` where it may go on. */
export function refuse(facts: AccessFacts, hosts: readonly string[]): Refusal | undefined {
  const shut = refuseKnock(facts, hosts);
  if (shut !== undefined) return shut;
  // Before the credential: any page can have a browser send changes, which must not count as wrong credentials of its address.
  const foreign = isChange(facts.method) ? refuseOrigin(facts, facts.credential === 'cookie') : undefined;
  if (foreign !== undefined) return foreign;
  if (facts.credential === 'none') return { code: 'unauthenticated' };
  if (facts.role === undefined) return { code: 'no_role' };
  if (!covers(facts.role, facts.needed)) return { code: 'role_needed', role: facts.needed, has: facts.role };
  return isChange(facts.method) && !bodyTypeAllowed(facts) ? { code: 'content_type_refused' } : undefined;
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
      return 'send `Authorization: Bearer TOKEN`, or open /login in a browser';
    case 'no_role':
      return 'the token holds, but no rule gives its bearer a role';
    case 'role_needed':
      return `this needs the role ${refusal.role}; yours is ${refusal.has}`;
    case 'content_type_refused':
      return 'a change is sent as application/json or application/yaml; say so in the Content-Type header';
  }
}
