import type { PrincipalNames } from '../core/principals/principal-match.ts';
import type { MeshSettings } from './snapshot.ts';

/** What names of callers in a service's document stand for. */
export function principalNames(
  { trustDomain, trustDomainAliases = [] }: Pick<MeshSettings, 'trustDomain' | 'trustDomainAliases'>,
  declared: readonly string[],
): PrincipalNames {
  return { trustDomains: [trustDomain, ...trustDomainAliases], declared };
}
