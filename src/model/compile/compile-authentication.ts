/** The issuers of a service's end users: its own, then those of the mesh. */

import { parseDuration } from '../../core/duration.ts';
import { claimPath } from '../../core/tokens/claim.ts';
import type { TokenPlace } from '../../core/tokens/token-place.ts';
import type { JwtRule, PlacedJwtRule, UserTokenPlace, UserTokens } from '../authentication-rules.ts';
import type { ServiceDocument } from '../schema/service.ts';

type DocumentAuthentication = NonNullable<ServiceDocument['authentication']>;
type DocumentJwtRule = NonNullable<DocumentAuthentication['jwt']>[number];

/** Where a rule looks that names no place: RFC 6750 sections 2.1 and 2.3, as Istio does. */
const usualPlaces: readonly TokenPlace[] = [
  { kind: 'header', name: 'authorization', prefix: 'bearer ' },
  { kind: 'param', name: 'access_token' },
];

/** Compiles rules, of a service or of the mesh. */
export function compileJwtRules(rules: readonly DocumentJwtRule[]): readonly PlacedJwtRule[] {
  return rules.map((rule) => ({ rule: compileRule(rule), places: placesOf(rule) }));
}

/** The rules that hold for a service; undefined where there are none. */
export function compileUserTokens(
  { inherit = true, jwt = [] }: DocumentAuthentication,
  inherited: readonly PlacedJwtRule[],
): UserTokens | undefined {
  const placed = [...compileJwtRules(jwt), ...(inherit ? inherited : [])];
  if (placed.length === 0) return undefined;
  const rules = placed.map(({ rule }) => rule);
  const outputs = rules.flatMap(({ payloadHeader = [], claimHeaders = [] }) => [
    ...[payloadHeader].flat(),
    ...claimHeaders.map(([header]) => header),
  ]);
  return { rules, places: placesOfAll(placed), outputHeaders: [...new Set(outputs)] };
}

/** Each place once. Verdicts belong to the list of rules that gave them, so places with the same rules share one. */
function placesOfAll(placed: readonly PlacedJwtRule[]): readonly UserTokenPlace[] {
  const places = new Map<string, TokenPlace>();
  const lookers = new Map<string, number[]>();
  placed.forEach((entry, index) => {
    for (const place of entry.places) {
      const key = JSON.stringify(place);
      places.set(key, place);
      lookers.set(key, [...(lookers.get(key) ?? []), index]);
    }
  });
  const lists = new Map<string, readonly JwtRule[]>();
  return [...places].map(([key, place]) => {
    const indexes = lookers.get(key) ?? [];
    const list = lists.get(indexes.join()) ?? indexes.map((index) => (placed[index] as PlacedJwtRule).rule);
    lists.set(indexes.join(), list);
    return { ...place, rules: list };
  });
}

function placesOf({ fromHeaders = [], fromParams = [], fromCookies = [] }: DocumentJwtRule): readonly TokenPlace[] {
  const places: TokenPlace[] = [
    ...fromHeaders.map(({ name, prefix = '' }) => {
      return { kind: 'header', name: name.toLowerCase(), prefix: prefix.toLowerCase() } as const;
    }),
    ...fromParams.map((name) => ({ kind: 'param', name }) as const),
    ...fromCookies.map((name) => ({ kind: 'cookie', name }) as const),
  ];
  return places.length === 0 ? usualPlaces : places;
}

function compileRule({ issuer, audiences = [], jwksUri, jwks, clockSkew, timeout, ...rule }: DocumentJwtRule): JwtRule {
  return {
    issuer,
    audiences,
    jwksUri,
    jwks,
    required: rule.presence === 'required',
    forward: rule.forwardOriginalToken === true,
    payloadHeader: rule.outputPayloadToHeader?.toLowerCase(),
    claimHeaders: rule.outputClaimToHeaders?.map(({ header, claim }) => [header.toLowerCase(), claimPath(claim) ?? []]),
    wordClaims: rule.spaceDelimitedClaims?.map((claim) => claimPath(claim) ?? []),
    clockSkewMs: clockSkew === undefined ? undefined : parseDuration(clockSkew),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
  };
}
