/** What the callee is told of a token that holds: headers of its payload and of single claims. */
import { claimAt } from './claim.ts';

export interface OutputRule {
  /** Lower case. */
  readonly payloadHeader?: string;
  /** Headers in lower case, each with the names that lead to its claim. */
  readonly claimHeaders?: readonly (readonly [header: string, path: readonly string[]])[];
}

/** What a header may hold: a claim with anything else is left out, since a part of it would be another claim. */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The headers of a token; `payload` is its middle part as it was sent. Objects and lists are left out, as in Istio. */
export function outputHeaders(
  { payloadHeader, claimHeaders = [] }: OutputRule,
  claims: Readonly<Record<string, unknown>>,
  payload: string,
): readonly (readonly [name: string, value: string])[] {
  const told: (readonly [string, string])[] = payloadHeader === undefined ? [] : [[payloadHeader, payload]];
  for (const [header, path] of claimHeaders) {
    const value = claimAt(claims, path);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const text = String(value);
    if (headerText.test(text)) told.push([header, text]);
  }
  return told;
}

/** The claims with those at `paths` as lists of their words, where they are texts; the others are the token's own. */
export function withWords(
  claims: Readonly<Record<string, unknown>>,
  paths: readonly (readonly string[])[],
): Readonly<Record<string, unknown>> {
  let read = claims;
  for (const path of paths) {
    const text = claimAt(read, path);
    if (typeof text === 'string')
      read = replaced(
        read,
        path,
        text.split(' ').filter((word) => word !== ''),
      );
  }
  return read;
}

function replaced(
  claims: Readonly<Record<string, unknown>>,
  [name = '', ...rest]: readonly string[],
  value: readonly string[],
): Readonly<Record<string, unknown>> {
  if (rest.length === 0) return { ...claims, [name]: value };
  return { ...claims, [name]: replaced(claims[name] as Readonly<Record<string, unknown>>, rest, value) };
}
