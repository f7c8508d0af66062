/** JWT-SVIDs: short-lived tokens that say which service of the trust domain calls (SPIFFE JWT-SVID, sections 2 to 4). */
import { SignJWT } from 'jose/jwt/sign';
import { principalService } from '../../core/principals/principal.ts';
import type { Issued } from '../authority.ts';
import { parseSpiffeId, spiffeIssuer } from '../spiffe-id.ts';
import type { PublicJwk } from './jwks.ts';
import { closeClocksMs, type Invalid, invalid, type UnverifiedToken, type VerifiedToken, verifyToken } from './jwt.ts';

export interface SvidContent {
  readonly trustDomain: string;
  /** `sub`: a SPIFFE id of the trust domain. */
  readonly subject: string;
  readonly audience: string;
  /** The original caller's principal, for the callee's information (`act.sub`, RFC 8693 section 4.1). */
  readonly actor?: string;
}

/** Signs a JWT-SVID with ES256. Both instants are whole seconds, rounded down, so a token never outlives `lifeMs`. */
export async function signSvid(
  content: SvidContent,
  key: { readonly kid: string; readonly privateKey: CryptoKey },
  nowMs: number,
  lifeMs: number,
): Promise<Issued> {
  const issuedAt = Math.floor(nowMs / 1000);
  const expiresAt = Math.floor((nowMs + lifeMs) / 1000);
  const claims = content.actor === undefined ? {} : { act: { sub: content.actor } };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(spiffeIssuer(content.trustDomain))
    .setSubject(content.subject)
    .setAudience(content.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key.privateKey);
  return { token, expiresAtMs: expiresAt * 1000 };
}

/** What a header must be before any key is looked for: `kid` is there, `typ` is absent, `JWT` or `JOSE`, `alg` one of RSA or NIST curves (sections 2.2 and 2.3). */
export function checkSvidHeader(read: UnverifiedToken): Invalid | undefined {
  if (read.kid === undefined) return invalid('a JWT-SVID without kid');
  if (read.typ !== undefined && read.typ !== 'JWT' && read.typ !== 'JOSE') return invalid('a JWT-SVID of another typ');
  if (read.alg === 'EdDSA') return invalid('a JWT-SVID by an algorithm that SPIFFE does not allow');
  return undefined;
}

export interface ExpectedSvid {
  /** Trust domains whose ids the keys speak for. */
  readonly trustDomains: readonly string[];
  /** Whether the subject must be a service (`/svc/<service>`): in this mesh nothing else has an identity. */
  readonly servicesOnly: boolean;
  readonly audiences: readonly string[];
  readonly nowMs: number;
}

/** Verifies a JWT-SVID of a trust domain; its subject is a workload of that trust domain. */
export async function verifySvid(
  read: UnverifiedToken,
  keys: readonly PublicJwk[],
  { audiences, nowMs, servicesOnly, trustDomains }: ExpectedSvid,
): Promise<VerifiedToken | Invalid> {
  const verified = await verifyToken(read, keys, { issuer: read.issuer, audiences, nowMs, clockSkewMs: closeClocksMs });
  if (verified.kind === 'invalid') return verified;
  const subject = verified.subject ?? '';
  const id = parseSpiffeId(subject);
  const known = id !== undefined && id.path !== '' && trustDomains.includes(id.trustDomain);
  if (!known) return invalid('sub is no workload of the trust domain');
  if (servicesOnly && principalService(id.trustDomain, subject) === undefined)
    return invalid('sub is no service of the trust domain');
  return verified;
}
