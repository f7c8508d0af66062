/** What the callee is told of a token that holds: headers of its payload and of single claims. */
import { claimAt } from './claim.ts';

export interface OutputRule {
  /** Lower case. */
  readonly payloadHeader?: string;
  /** Headers in lower case, each with the names that lead to its claim. */
  readonly claimHeaders?: readonly (readonly [header: string, path: readonly string[]])[];
}

/** What arrives in a header as it was written, so without spaces around it: a claim with anything else is left out, since a part of it would be another claim. */
const headerText = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;

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
    // Whole numbers beyond 2^53 have lost digits when they are read: they would tell of somebody else.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) continue;
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
