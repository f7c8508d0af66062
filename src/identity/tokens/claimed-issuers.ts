/** Which issuers tokens claim: services have tokens of their own, and whose they are is found out once a token instead of once a call. */
import { makeRoom } from '../../core/make-room.ts';
import { claimedIssuer } from './jwt.ts';

/** Issuers by token, not to be believed. Make it with `new Map()`, once an isolate. */
export type ClaimedIssuers = Map<string, string>;

/** A thousand tokens of at most 8 KiB each stay well below what an isolate has. */
const mostTokens = 1000;

/** The issuer that a token claims; `''` where it claims none. The token that was seen first makes room. */
export function issuerOf(known: ClaimedIssuers, token: string): string {
  const held = known.get(token);
  if (held !== undefined) return held;
  const issuer = claimedIssuer(token) ?? '';
  // What is no token, or too long for one, is seen to be so at once.
  if (issuer === '') return issuer;
  makeRoom(known, mostTokens);
  known.set(token, issuer);
  return issuer;
}
