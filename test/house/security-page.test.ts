/** The lines of docs/security.md name tests: each of them must be there, or the page says more than is shown. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const named = [...page.matchAll(/`(test\/[^`]+)`: ([^|)\n]+?)\s*(?:\||\)|\n)/g)].map(
  ([, file = '', name = '']) => [file, name.replaceAll('\\|', '|')] as const,
);

it('every line about what somebody cannot do names a test', () => {
  const claims = page.split('\n').filter((line) => /^\|/.test(line) && (line.match(/ \| /g) ?? []).length === 2);
  const bare = claims.filter((line) => !line.includes('`test/') && !/^\| (?:(?:he|it) cannot|what) \|/.test(line));
  const assets = page.slice(page.indexOf('## What is to be protected'), page.indexOf('## What is taken for granted'));
  expect(bare.filter((line) => !assets.includes(line))).toEqual([]);
});

it.each(named)('%s has %s', (file, name) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  // Behind a quote: the name of a test or of a row begins so.
  expect(["'", '"', '`'].some((quote) => text.includes(`${quote}${name}`))).toBe(true);
});
