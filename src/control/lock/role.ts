/** Roles of those who talk to control. Each may all that the one before it may. */

export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Whether who has the one role may do what needs the other. */
export function covers(has: Role, needed: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needed);
}

/** The role that may most; `undefined` of none. */
export function highestRole(some: readonly Role[]): Role | undefined {
  return roles.findLast((role) => some.includes(role));
}
