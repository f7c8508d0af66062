/**
 * Durations as people write them: GEP-2257 of the Gateway API, one to four of `<1-5 digits><h|m|s|ms>`, such as `1m30s` or `250ms`.
 * Fractions, signs and spaces are not part of it, so that every duration is a whole number of milliseconds.
 */

const durationForm = /^(?:[0-9]{1,5}(?:ms|h|m|s)){1,4}$/;
const part = /([0-9]{1,5})(ms|h|m|s)/g;
const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a GEP-2257 duration, or `undefined` where the text is none. `0s` is 0. */
export function parseDuration(text: string): number | undefined {
  if (!durationForm.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(part)) total += Number(digits) * (unitMs[unit as string] as number);
  return total;
}
