/**
 * Who shows a bearer token: a service of this mesh or of a trust domain that it federates with (a JWT-SVID), or a subject of an
 * issuer that a document names. No rule of a document can make a principal of this mesh's trust domain.
 */
import type { JwtRule } from '../../model/authentication-rules.ts';
import { issuerTrustDomain } from '../spiffe-id.ts';
import type { BearerContext } from './bearer-context.ts';
import { invalid, readToken } from './jwt.ts';
import { recallPeer, verifyPeer } from './peer-token.ts';
import { recallUser, verifyUser } from './user-token.ts';
import type { BearerVerdict } from './verdict.ts';

/** The verdict on a token, where it is remembered and still holds. */
export function recallBearer(
  token: string,
  rules: readonly JwtRule[],
  context: BearerContext,
): BearerVerdict | undefined {
  return recallUser(token, rules, context) ?? recallPeer(token, context);
}

/** Verifies a bearer token against the document's rules and the mesh's own keys. Never rejects. */
export async function verifyBearer(
  token: string,
  rules: readonly JwtRule[],
  context: BearerContext,
): Promise<BearerVerdict> {
  const known = recallBearer(token, rules, context);
  if (known !== undefined) return known;
  const read = readToken(token);
  if (read.kind === 'invalid') return read;
  const trustDomain = issuerTrustDomain(read.issuer);
  if (trustDomain !== undefined && isPeerIssuer(trustDomain, context.allRules ?? rules, context)) {
    const verdict = await verifyPeer(token, read, trustDomain, context);
    // To rules it is an issuer like any other that they do not name.
    if (verdict.kind !== 'unclaimed' || rules.length === 0) return verdict;
    return invalid('the issuer is a trust domain with which the mesh does not federate');
  }
  return verifyUser(token, read, rules, context);
}

/** Whether tokens of a trust domain are those of services: always of our own, of others where no rule says what they are. */
export function isPeerIssuer(
  trustDomain: string,
  rules: readonly JwtRule[],
  context: Pick<BearerContext, 'trustDomain' | 'aliases'>,
): boolean {
  if (isOwn(trustDomain, context)) return true;
  return !rules.some(({ issuer }) => issuer !== undefined && issuerTrustDomain(issuer) === trustDomain);
}

function isOwn(trustDomain: string, context: Pick<BearerContext, 'trustDomain' | 'aliases'>): boolean {
  return trustDomain === context.trustDomain || context.aliases?.includes(trustDomain) === true;
}
