/** Which tokens of a platform, such as a CI provider's, prove which identity of the trust domain. */
import type { Allowance } from './allowance.ts';
import type { Claims } from './jwt.ts';

export interface ClaimRule extends Allowance {
  readonly id: string;
  readonly issuer: string;
  readonly jwksUri: string | undefined;
  readonly audience: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** Whether verified claims have all the values that the rule wants. A rule without a fixed value fits nothing. */
export function ruleFits(rule: Pick<ClaimRule, 'claims'>, claims: Claims): boolean {
  const wanted = Object.entries(rule.claims);
  return (
    isNarrow(rule.claims) &&
    wanted.every(([name, pattern]) => Object.hasOwn(claims, name) && hasValue(claims[name], pattern))
  );
}

/**
 * Whether the claims tell somebody from everybody: an issuer of a platform signs tokens for all its customers. One value has to begin or end
 * with what somebody chose; `*` and the separator of a name, or a letter somewhere, are in everybody's.
 */
export function isNarrow(claims: Readonly<Record<string, string>>): boolean {
  return Object.values(claims).some((pattern) => /^[^*]*[\p{L}\p{N}]|[\p{L}\p{N}][^*]*$/u.test(pattern));
}

/** A text, number or truth value is compared as text; of a list, one entry has to fit. */
function hasValue(value: unknown, pattern: string): boolean {
  if (Array.isArray(value)) return value.some((entry) => !Array.isArray(entry) && hasValue(entry, pattern));
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  return fitsPattern(String(value), pattern);
}

/** `*` stands for any text, the empty one too. Costs no more than the length of the text for each star. */
export function fitsPattern(text: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let at = head.length;
  const end = text.length - tail.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
