/** Patterns of principals in access rules. */
import { servicePrincipal } from './principal.ts';

/** The pattern that means every Worker to which the derivation gave a binding. */
export const declaredPrincipals = 'declared';

/** Whether a name is a whole id (`spiffe://mesh.local/svc/orders`) rather than a service of this trust domain. */
export function isWholePrincipal(name: string): boolean {
  return /[/:]/.test(name);
}

/** A principal as documents write it, in full. */
export function wholePrincipal(trustDomain: string, name: string): string {
  return isWholePrincipal(name) ? name : servicePrincipal(trustDomain, name);
}

/** The principals that the patterns name, each in full; undefined where one of the patterns stands for any number of them. */
export function namedPrincipals(
  patterns: readonly string[],
  trustDomain: string,
  declared: readonly string[],
): readonly string[] | undefined {
  if (patterns.some((pattern) => pattern.includes('*'))) return undefined;
  const names = patterns.flatMap((pattern) => (pattern === declaredPrincipals ? declared : [pattern]));
  return names.map((name) => wholePrincipal(trustDomain, name));
}

/**
 * Whether a caller is among the patterns; an anonymous caller never is.
 *
 * `orders`, `orders-*` and `*-job` are about services of this trust domain and can match no other; a pattern with `/` or `:` is
 * compared with the whole id; `*` is every caller with an identity.
 */
export function principalMatcher(
  patterns: readonly string[],
  trustDomain: string,
  declared: readonly string[],
): (principal: string | null) => boolean {
  const exact = new Set<string>();
  const wild: ((principal: string) => boolean)[] = [];
  const home = servicePrincipal(trustDomain, '');
  for (const pattern of patterns) {
    if (pattern === declaredPrincipals)
      for (const service of declared) exact.add(servicePrincipal(trustDomain, service));
    else if (pattern === '*') wild.push(() => true);
    else if (pattern.endsWith('*')) {
      const prefix = wholePrincipal(trustDomain, pattern.slice(0, -1));
      wild.push((principal) => principal.startsWith(prefix));
    } else if (pattern.startsWith('*')) {
      const suffix = pattern.slice(1);
      wild.push(
        isWholePrincipal(suffix)
          ? (principal) => principal.endsWith(suffix)
          : (principal) =>
              principal.startsWith(home) &&
              principal.length >= home.length + suffix.length &&
              principal.endsWith(suffix),
      );
    } else exact.add(wholePrincipal(trustDomain, pattern));
  }
  return (principal) => principal !== null && (exact.has(principal) || wild.some((matches) => matches(principal)));
}
