/** Which tokens of a platform, such as a CI provider's, prove which identity of the trust domain. */

import { globPattern } from '../../core/matching/text-match.ts';
import { claimPath } from '../../core/tokens/claim.ts';
import { claimsHold } from '../../core/tokens/claims-hold.ts';
import type { Claims } from '../tokens/jwt.ts';
import type { Allowance } from './allowance.ts';

export interface ClaimRule extends Allowance {
  readonly id: string;
  readonly issuer: string;
  readonly jwksUri: string | undefined;
  readonly audience: string;
  /** Patterns by the names of claims; `*` stands for any text. */
  readonly claims: Readonly<Record<string, string>>;
}

/** Whether verified claims have all the values that the rule wants. A rule without a fixed value fits nothing. */
export function ruleFits(rule: Pick<ClaimRule, 'claims'>, claims: Claims): boolean {
  return isNarrow(rule.claims) && claimsHold(claims, rule.claims, (said, pattern) => globPattern(pattern)(said));
}

/**
 * Whether the claims tell somebody from everybody: an issuer of a platform signs tokens for all its customers. One value has to begin or end
 * with what somebody chose; `*` and the separator of a name, or a letter somewhere, are in everybody's.
 */
export function isNarrow(claims: Readonly<Record<string, string>>): boolean {
  return Object.values(claims).some((pattern) => /^[^*]*[\p{L}\p{N}]|[\p{L}\p{N}][^*]*$/u.test(pattern));
}

/** The first name that names no claim, if there is one. */
export function misnamedClaim(claims: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(claims).find((name) => claimPath(name) === undefined);
}
