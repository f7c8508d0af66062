/** What rules ask about who calls, one matcher for each question; entries of `from` and conditions share them. */

import { ipMatcher } from '../addresses/ip-block.ts';
import { journeyVersion } from '../context/journey.ts';
import { type TextTest, textMatcher } from '../matching/text-match.ts';
import { meshService, type PrincipalNames, principalMatcher, serviceMatcher } from '../principals/principal-match.ts';
import type { AccessTest, Area } from './facts.ts';
import { requestPrincipalMatcher } from './request-principal.ts';
import { namespaceMatcher, serviceAccountMatcher, trustDomainMatcher } from './workload-match.ts';

/** Whether a call fits one of the values. What a call has not, fits none: so it passes by what is not to fit. */
export type SourceMatcher = (values: readonly string[], names: PrincipalNames) => AccessTest;

/** Asked of the caller's id; an anonymous caller fits nothing. */
function ofPrincipal(test: TextTest): AccessTest {
  return ({ principal }) => principal !== null && test(principal);
}

function ofArea(part: keyof Area): SourceMatcher {
  return (values) => {
    const known = new Set(values);
    return ({ geo }) => {
      const place = geo()?.[part];
      return place !== undefined && place !== '' && known.has(place);
    };
  };
}

/** Of the calling service, as the journey tells it. */
function versionMatcher(values: readonly string[], { trustDomains }: PrincipalNames): AccessTest {
  const fits = textMatcher(values);
  return ({ journey, caller, principal }) => {
    if (journey === '') return false;
    const service = caller || (principal === null ? '' : (meshService(principal, trustDomains) ?? ''));
    const version = journeyVersion(journey, service);
    return version !== undefined && fits(version);
  };
}

export const sourceMatchers = {
  principals: (values, names) => {
    const among = principalMatcher(values, names);
    return ({ principal }) => among(principal);
  },
  requestPrincipals: requestPrincipalMatcher,
  services: (values, { trustDomains }) => ofPrincipal(serviceMatcher(values, trustDomains)),
  namespaces: (values) => ofPrincipal(namespaceMatcher(values)),
  serviceAccounts: (values) => ofPrincipal(serviceAccountMatcher(values)),
  trustDomains: (values, { trustDomains }) => ofPrincipal(trustDomainMatcher(values, trustDomains)),
  ipBlocks: (values) => {
    const among = ipMatcher(values);
    return ({ peerAddress }) => among(peerAddress());
  },
  remoteIpBlocks: (values) => {
    const among = ipMatcher(values);
    return ({ address }) => among(address());
  },
  versions: versionMatcher,
  continents: ofArea('continent'),
  countries: ofArea('country'),
  colos: ofArea('colo'),
} as const satisfies Record<string, SourceMatcher>;
