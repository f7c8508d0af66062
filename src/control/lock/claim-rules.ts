/** From the claims of a verified token to a role. */
import { claimAt, claimPath, claimTexts } from '../../core/claim.ts';
import { highestRole, type Role } from './role.ts';

export interface RoleRule {
  readonly role: Role;
  /** All of them must hold: the claim, or an item of its list, is the text or one of the texts. None: every token of the issuer. */
  readonly claims?: Readonly<Record<string, string | readonly string[]>>;
}

/** The highest role of the rules that hold; `undefined` where none does. A name that names no claim never holds. */
export function roleOfClaims(claims: Readonly<Record<string, unknown>>, rules: readonly RoleRule[]): Role | undefined {
  return highestRole(rules.filter((rule) => holds(claims, rule)).map(({ role }) => role));
}

function holds(claims: Readonly<Record<string, unknown>>, rule: RoleRule): boolean {
  return Object.entries(rule.claims ?? {}).every(([name, wanted]) => {
    const path = claimPath(name);
    if (path === undefined) return false;
    const said = claimTexts(claimAt(claims, path));
    return (typeof wanted === 'string' ? [wanted] : wanted).some((text) => said.includes(text));
  });
}
