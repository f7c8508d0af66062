/** What operators may ask of the identity Worker, read and checked before anything is done. */
import { parseDuration } from '../../core/duration.ts';
import { isObject } from '../../core/is-object.ts';
import { servicePrincipal } from '../../core/principals/principal.ts';
import { jwksUriProblem } from '../../core/tokens/jwks-uri.ts';
import type { Refused } from '../authority.ts';
import type { Allowance } from '../proofs/allowance.ts';
import { type ClaimRule, isNarrow, misnamedClaim } from '../proofs/claim-rule.ts';
import { leastTtlMs } from '../proofs/issue-request.ts';
import { fields, isPlainText, refused } from '../requests.ts';
import { isTrustDomain, parseSpiffeId } from '../spiffe-id.ts';
import type { AuditQuery } from './audit-entry.ts';
import type { RotatableKey } from './operator.ts';

const joinTokenMs = 10 * 60_000;
const longestJoinTokenMs = 24 * 60 * 60_000;
const mostDnsNames = 16;
const mostClaims = 16;
const longestReason = 300;

export interface CheckedJoinToken extends Allowance {
  readonly lifeMs: number;
}

export function joinTokenRequest(body: unknown, trustDomain: string): CheckedJoinToken | Refused {
  const { ttl, certificateTtl } = fields(body);
  const allowed = allowance(body, trustDomain, certificateTtl, 'certificateTtl');
  if ('error' in allowed) return allowed;
  const lifeMs = ttl === undefined ? joinTokenMs : duration(ttl);
  if (lifeMs === undefined || lifeMs > longestJoinTokenMs)
    return bad('ttl must be a duration of at most 24h, such as 10m.');
  return { ...allowed, lifeMs };
}

/** A claim rule, but for its `id`. */
export function attestationRequest(
  body: unknown,
  trustDomain: string,
  allowLoopback: boolean,
): Omit<ClaimRule, 'id'> | Refused {
  const { issuer, jwksUri, audience, claims, ttl } = fields(body);
  const allowed = allowance(body, trustDomain, ttl, 'ttl');
  if ('error' in allowed) return allowed;
  if (!isPlainText(issuer)) return bad('issuer must be the URL of an issuer.');
  if (jwksUri !== undefined && typeof jwksUri !== 'string') return bad('jwksUri must be a URL.');
  const problem = jwksUriProblem(jwksUri ?? issuer, allowLoopback);
  if (problem !== undefined) return bad(`The keys of the issuer cannot be fetched: ${problem}.`);
  if (!isPlainText(audience)) return bad('audience must be a text without control characters.');
  if (!isTexts(claims) || Object.keys(claims).length > mostClaims) {
    return bad(`claims must be an object of at most ${mostClaims} texts.`);
  }
  const misnamed = misnamedClaim(claims);
  if (misnamed !== undefined) return bad(`claims names no claim with "${misnamed}".`);
  if (!isNarrow(claims)) return bad('claims must name a value: the issuer signs tokens for others too.');
  return { ...allowed, issuer, jwksUri, audience, claims };
}

export type CheckedRevocation = {
  readonly kind: 'serial' | 'fingerprint' | 'spiffe-id' | 'key';
  readonly value: string;
  readonly reason: string;
};

export function revocationRequest(body: unknown): CheckedRevocation | Refused {
  const { serial, fingerprint, spiffeId, key, reason = 'not said' } = fields(body);
  const given = Object.entries({ serial, fingerprint, 'spiffe-id': spiffeId, key }).filter(
    ([, value]) => value !== undefined,
  );
  const [kind, value] = given[0] ?? [];
  if (given.length !== 1 || typeof value !== 'string') return bad('Name one of serial, fingerprint, spiffeId and key.');
  if (!isPlainText(reason) || reason.length > longestReason) {
    return bad(`reason must be a text of at most ${longestReason} characters.`);
  }
  if (kind === 'spiffe-id') {
    if ((parseSpiffeId(value)?.path ?? '') === '') return bad('spiffeId must be a SPIFFE id with a path.');
    return { kind, value, reason };
  }
  if (kind === 'key') return { kind, value, reason };
  // Both are written with and without colons, in both cases.
  const digits = value
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^(?:00)+(?=..)/, kind === 'serial' ? '' : '$&');
  if (kind === 'fingerprint' && /^[0-9a-f]{64}$/.test(digits)) return { kind, value: digits, reason };
  if (kind === 'serial' && /^(?:[0-9a-f]{2}){1,32}$/.test(digits)) return { kind, value: digits, reason };
  return bad(kind === 'serial' ? 'serial must be hex digits.' : 'fingerprint must be the 64 hex digits of a SHA-256.');
}

export function rotatableKey(value: unknown): RotatableKey | Refused {
  return value === 'jwt' || value === 'intermediate' || value === 'root'
    ? value
    : bad('key must be jwt, intermediate or root.');
}

/** Reads numbers from texts too, as they stand in the query of a URL. */
export function auditQuery(value: unknown): AuditQuery | Refused {
  const { since, sinceMs = since, spiffeId, before, limit } = fields(value);
  const numbers = { sinceMs: wholeNumber(sinceMs), before: wholeNumber(before), limit: wholeNumber(limit) };
  for (const [name, number] of Object.entries(numbers)) {
    if (Number.isNaN(number)) return bad(`${name === 'sinceMs' ? 'since' : name} must be a whole number.`);
  }
  if (spiffeId !== undefined && typeof spiffeId !== 'string') return bad('spiffeId must be a text.');
  return { ...numbers, spiffeId };
}

export interface CheckedFederation {
  readonly trustDomain: string;
  readonly bundleUrl: string | undefined;
  readonly bundle: unknown;
  readonly force: boolean;
}

export function federationRequest(
  body: unknown,
  ownTrustDomain: string,
  allowLoopback: boolean,
): CheckedFederation | Refused {
  const { trustDomain, bundleUrl, bundle, force = false } = fields(body);
  if (typeof trustDomain !== 'string' || !isTrustDomain(trustDomain))
    return bad('trustDomain must be the name of one.');
  if (trustDomain === ownTrustDomain) return bad('A trust domain does not federate with itself.');
  if (typeof force !== 'boolean') return bad('force must be true or false.');
  if ((bundleUrl === undefined) === (bundle === undefined)) return bad('Give either bundleUrl or bundle.');
  if (bundleUrl === undefined) return { trustDomain, bundleUrl, bundle, force };
  if (typeof bundleUrl !== 'string') return bad('bundleUrl must be a URL.');
  const problem = jwksUriProblem(bundleUrl, allowLoopback);
  if (problem !== undefined) return bad(`The bundle cannot be fetched: ${problem.replace('the JWKS URI', 'its URL')}.`);
  return { trustDomain, bundleUrl, bundle, force };
}

function allowance(body: unknown, trustDomain: string, ttl: unknown, ttlName: string): Allowance | Refused {
  const { service, spiffeId, dnsNames = [] } = fields(body);
  if ((service === undefined) === (spiffeId === undefined)) return bad('Name either service or spiffeId.');
  const id = typeof service === 'string' ? servicePrincipal(trustDomain, service) : spiffeId;
  const read = typeof id === 'string' ? parseSpiffeId(id) : undefined;
  if (typeof id !== 'string' || read === undefined || read.path === '' || read.trustDomain !== trustDomain) {
    return bad(`service or spiffeId must make a SPIFFE id with a path in the trust domain ${trustDomain}.`);
  }
  if (read.path.startsWith('/selvedge/')) return bad('Paths below /selvedge/ are those of the mesh itself.');
  if (!Array.isArray(dnsNames) || dnsNames.length > mostDnsNames || !dnsNames.every(isDnsName)) {
    return bad(`dnsNames must be a list of at most ${mostDnsNames} host names in lower case.`);
  }
  const mostTtlMs = ttl === undefined ? undefined : duration(ttl);
  if (ttl !== undefined && (mostTtlMs === undefined || mostTtlMs < leastTtlMs)) {
    return bad(`${ttlName} must be a duration of a minute or more, such as 24h.`);
  }
  return { spiffeId: id, dnsNames, mostTtlMs };
}

/** RFC 1123 section 2.1, in lower case; a wildcard would speak for hosts that nobody named. */
function isDnsName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
  );
}

function duration(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : undefined;
  return ms === 0 ? undefined : ms;
}

function wholeNumber(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : Number.NaN;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function bad(message: string): Refused {
  return refused('bad_request', message);
}
