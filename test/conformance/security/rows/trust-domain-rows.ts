/** Principals in the trust domains of a mesh. Istio writes them without the scheme that ids have. */
import { join } from 'node:path';
import { textPattern } from '../../../../src/core/matching/text-match.ts';
import { inAllTrustDomains, principalMatcher } from '../../../../src/core/principals/principal-match.ts';
import type { PlannedCase } from '../../suite.ts';
import { readJson } from '../security-case.ts';
import { row, unlike } from './row.ts';

interface Table {
  readonly replaceTrustDomainAliases: readonly {
    readonly name: string;
    readonly trustDomain: string;
    readonly aliases: readonly string[];
    readonly principals: readonly string[];
    readonly expandsTo: readonly string[];
  }[];
  readonly trustDomainOfPrincipal: readonly { readonly principal: string; readonly out: string }[];
  readonly replaceTrustDomainInPrincipal: readonly {
    readonly name: string;
    readonly trustDomainIn?: string;
    readonly principal: string;
    readonly out: string;
  }[];
  readonly isTrustDomainEnforced: readonly { readonly principal: string; readonly want: boolean }[];
  readonly stringMatch: readonly {
    readonly desc: string;
    readonly element: string;
    readonly list: readonly string[];
    readonly expected: boolean;
  }[];
}

/** As the importer writes a principal. */
function idOf(principal: string): string {
  return principal.startsWith('*') ? principal : `spiffe://${principal}`;
}

export function trustDomainRows(istio: string, file: string): Pick<PlannedCase, 'worlds' | 'probes'> {
  const table = readJson<Table>(join(istio, 'authz', file));
  return {
    worlds: [],
    probes: [
      ...table.replaceTrustDomainAliases.map(({ name, trustDomain, aliases, principals, expandsTo }) =>
        row(name, () => {
          const found = principals.flatMap((one) => inAllTrustDomains(idOf(one), [trustDomain, ...aliases]));
          return unlike([...found].sort(), expandsTo.map(idOf).sort());
        }),
      ),
      // The trust domain that a principal is found to name decides whether it stands for others too.
      ...table.trustDomainOfPrincipal.map(({ principal, out }) =>
        row(`the trust domain of ${principal}`, () => {
          const others = inAllTrustDomains(idOf(principal), ['cluster.local', 'xyz']);
          return unlike(others.length > 1, ['cluster.local', 'xyz'].includes(out));
        }),
      ),
      ...table.replaceTrustDomainInPrincipal.map(({ name, trustDomainIn = 'td', principal, out }) =>
        row(name, () => {
          const own = out === '' ? 'cluster.local' : (principal.split('/')[0] as string);
          const [, other = ''] = inAllTrustDomains(idOf(principal), [own, trustDomainIn]);
          return unlike(other, out === '' ? '' : idOf(out));
        }),
      ),
      // A principal that names no trust domain fits the same workload in whatever mesh.
      ...table.isTrustDomainEnforced.map(({ principal, want }) =>
        row(`whether ${principal} names a trust domain`, () => {
          const fits = principalMatcher([idOf(principal)], { trustDomains: ['cluster.local'], declared: [] });
          return unlike(!fits('spiffe://elsewhere/ns/foo/sa/bar'), want);
        }),
      ),
      ...table.stringMatch.map(({ desc, element, list, expected }) =>
        row(`trust domains: ${desc}`, () => unlike(list.some(textPattern(element)), expected)),
      ),
    ],
  };
}
