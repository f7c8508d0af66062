/** An entry of `from`: all of its fields must hold, of each field one value, of a not-field none. */
import type { PrincipalNames } from '../principals/principal-match.ts';
import { type AccessTest, allOf } from './facts.ts';
import { type SourceMatcher, sourceMatchers } from './source-match.ts';

type Values = readonly string[];

export interface AreaTerms {
  readonly continents?: Values;
  readonly countries?: Values;
  readonly colos?: Values;
}

export interface SourceTerms {
  readonly principals?: Values;
  readonly notPrincipals?: Values;
  readonly requestPrincipals?: Values;
  readonly notRequestPrincipals?: Values;
  readonly services?: Values;
  readonly notServices?: Values;
  readonly namespaces?: Values;
  readonly notNamespaces?: Values;
  readonly serviceAccounts?: Values;
  readonly notServiceAccounts?: Values;
  readonly trustDomains?: Values;
  readonly notTrustDomains?: Values;
  readonly ipBlocks?: Values;
  readonly notIpBlocks?: Values;
  readonly remoteIpBlocks?: Values;
  readonly notRemoteIpBlocks?: Values;
  readonly versions?: Values;
  readonly notVersions?: Values;
  readonly geo?: AreaTerms;
  /** Each of its lists is a not-field of its own: nowhere that any of them names. */
  readonly notGeo?: AreaTerms;
}

/** Compiles an entry. */
export function sourceTest({ geo, notGeo, ...fields }: SourceTerms, names: PrincipalNames): AccessTest {
  const given: Readonly<Record<string, Values | undefined>> = { ...fields, ...geo };
  const excluded: Readonly<Record<string, Values | undefined>> = { ...notGeo };
  const tests: AccessTest[] = [];
  // In the order of the table, which begins with what costs least.
  for (const [field, matcher] of Object.entries<SourceMatcher>(sourceMatchers)) {
    const values = given[field];
    if (values !== undefined) tests.push(matcher(values, names));
    const none = excluded[field] ?? given[`not${field[0]?.toUpperCase()}${field.slice(1)}`];
    if (none !== undefined) {
      const excludes = matcher(none, names);
      tests.push((facts) => !excludes(facts));
    }
  }
  return allOf(tests);
}
