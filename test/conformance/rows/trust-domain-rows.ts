/** Principals in the trust domains of a mesh. */
import { join } from 'node:path';
import {
  fitsOne,
  inAllTrustDomains,
  inTrustDomain,
  namesTrustDomain,
  trustDomainOf,
} from '../../../src/interop/istio/security/trust-domains.ts';
import { readJson } from '../security-case.ts';
import type { PlannedCase } from '../suite.ts';
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

export function trustDomainRows(istio: string, file: string): Pick<PlannedCase, 'worlds' | 'probes'> {
  const table = readJson<Table>(join(istio, 'authz', file));
  return {
    worlds: [],
    probes: [
      ...table.replaceTrustDomainAliases.map(({ name, trustDomain, aliases, principals, expandsTo }) =>
        row(name, () =>
          unlike(
            principals.flatMap((principal) => inAllTrustDomains(principal, [trustDomain, ...aliases])),
            expandsTo,
          ),
        ),
      ),
      ...table.trustDomainOfPrincipal.map(({ principal, out }) =>
        row(`the trust domain of ${principal}`, () => unlike(trustDomainOf(principal), out)),
      ),
      ...table.replaceTrustDomainInPrincipal.map(({ name, trustDomainIn = '', principal, out }) =>
        row(name, () => unlike(inTrustDomain(trustDomainIn, principal) ?? '', out)),
      ),
      ...table.isTrustDomainEnforced.map(({ principal, want }) =>
        row(`whether ${principal} names a trust domain`, () => unlike(namesTrustDomain(principal), want)),
      ),
      ...table.stringMatch.map(({ desc, element, list, expected }) =>
        row(`trust domains: ${desc}`, () => unlike(fitsOne(element, list), expected)),
      ),
    ],
  };
}
