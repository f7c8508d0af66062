/** From the claims of a verified token to a role. */
import { claimsHold, type WantedClaims } from '../../core/tokens/claims-hold.ts';
import { highestRole, type Role } from './role.ts';

export interface RoleRule {
  readonly role: Role;
  /** All of them must hold, to the letter. None: every token of the issuer. */
  readonly claims?: WantedClaims;
}

/** The highest role of the rules that hold; `undefined` where none does. */
export function roleOfClaims(claims: Readonly<Record<string, unknown>>, rules: readonly RoleRule[]): Role | undefined {
  const held = rules.filter((rule) => claimsHold(claims, rule.claims ?? {}, (said, wanted) => said === wanted));
  return highestRole(held.map(({ role }) => role));
}
