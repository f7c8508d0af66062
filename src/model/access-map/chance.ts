/** What is known of a condition while only the caller is known, and how such answers combine. */

/** `sometimes`: what else the call is decides. */
export type Chance = 'never' | 'sometimes' | 'always';

/** What is certain. */
export function certainly(holds: boolean): Chance {
  return holds ? 'always' : 'never';
}

/** Of conditions that must all hold; without any, `always`. */
export function allOf(chances: readonly Chance[]): Chance {
  if (chances.includes('never')) return 'never';
  return chances.includes('sometimes') ? 'sometimes' : 'always';
}

/** Of alternatives; without any, `never`. */
export function anyOf(chances: readonly Chance[]): Chance {
  if (chances.includes('always')) return 'always';
  return chances.includes('sometimes') ? 'sometimes' : 'never';
}
