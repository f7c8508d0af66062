/** What wrangler said when it could not bundle, without what surrounds it. */
import { stripVTControlCharacters } from 'node:util';

const surroundings = [/^\s*⛅/u, /^─+$/, /^🪵/u];

/** Wrangler's own words, without its banner, the colours that it sets even on no terminal, and the place of its log. */
export function wranglerReason(output: string): string {
  return stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => !surroundings.some((pattern) => pattern.test(line)))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
