/** Patterns of principals in access rules and routes. */

import { anyText, type TextTest, textMatcher, textPattern } from '../matching/text-match.ts';
import { principalService, servicePrincipal } from './principal.ts';

/** The pattern that means every Worker to which the derivation gave a binding. */
export const declaredPrincipals = 'declared';

/** What names in patterns are resolved with. */
export interface PrincipalNames {
  /** The mesh's own trust domain, then its aliases: an id of one of them is as good as that of another. */
  readonly trustDomains: readonly string[];
  /** Services whose Workers were given a binding to the service in question. */
  readonly declared: readonly string[];
}

const scheme = 'spiffe://';

/** Whether a name is a whole id (`spiffe://mesh.local/svc/orders`) rather than a service of this trust domain. */
export function isWholePrincipal(name: string): boolean {
  return /[/:]/.test(name);
}

/** A principal as documents write it, in full. */
export function wholePrincipal(trustDomain: string, name: string): string {
  return isWholePrincipal(name) ? name : servicePrincipal(trustDomain, name);
}

/** The principals that the patterns name, each in full and in each trust domain of the mesh; undefined where one of the patterns stands for any number of them. */
export function namedPrincipals(
  patterns: readonly string[],
  { trustDomains, declared }: PrincipalNames,
): readonly string[] | undefined {
  if (patterns.some(isWild)) return undefined;
  const names = patterns.flatMap((pattern) => (pattern === declaredPrincipals ? declared : [pattern]));
  return names.flatMap((name) =>
    isWholePrincipal(name)
      ? inAllTrustDomains(name, trustDomains)
      : trustDomains.map((domain) => servicePrincipal(domain, name)),
  );
}

/** A pattern of whole ids, and what it becomes in the mesh's other trust domains where it names one of them. */
export function inAllTrustDomains(pattern: string, trustDomains: readonly string[]): readonly string[] {
  const from = pattern.startsWith(scheme) ? scheme.length : 0;
  const slash = pattern.indexOf('/', from);
  const named = slash < 0 ? '' : pattern.slice(from, slash);
  const ending = named.startsWith('*') ? named.slice(1) : '';
  const fits = (domain: string) => domain === named || (ending !== '' && domain.endsWith(ending));
  if ((from === 0 && ending === '') || !trustDomains.some(fits)) return [pattern];
  const others = trustDomains.filter((domain) => !fits(domain));
  return [pattern, ...others.map((domain) => `${scheme}${domain}${pattern.slice(slash)}`)];
}

/** The service of this mesh that a principal is, by any of its trust domains. */
export function meshService(principal: string, trustDomains: readonly string[]): string | undefined {
  for (const domain of trustDomains) {
    const service = principalService(domain, principal);
    if (service !== undefined) return service;
  }
  return undefined;
}

/**
 * Whether a caller is among the patterns; an anonymous caller never is.
 *
 * `orders`, `orders-*` and `*-job` are about services of this mesh and can match no other caller; a pattern with `/` or `:` is
 * compared with the whole id; `*` is every caller with an identity.
 */
export function principalMatcher(
  patterns: readonly string[],
  names: PrincipalNames,
): (principal: string | null) => boolean {
  const { trustDomains } = names;
  const exact = namedPrincipals(
    patterns.filter((pattern) => !isWild(pattern)),
    names,
  );
  const tests = patterns.filter(isWild).flatMap((pattern): readonly TextTest[] => {
    if (pattern === '*') return [() => true];
    if (isWholePrincipal(pattern)) return inAllTrustDomains(pattern, trustDomains).map(textPattern);
    return [serviceMatcher([pattern], trustDomains)];
  });
  const among = anyText(exact ?? [], tests);
  return (principal) => principal !== null && among(principal);
}

/** Whether a principal is a service of this mesh whose name fits one of the patterns; `*` is every one. */
export function serviceMatcher(patterns: readonly string[], trustDomains: readonly string[]): TextTest {
  const among = textMatcher(patterns);
  const homes = trustDomains.map((domain) => servicePrincipal(domain, ''));
  return (principal) => {
    for (const home of homes)
      if (principal.length > home.length && principal.startsWith(home)) return among(principal.slice(home.length));
    return false;
  };
}

function isWild(pattern: string): boolean {
  return pattern.includes('*');
}
