/** No secret is compared by `===`, whose time tells how far the two agree. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What stands on both sides of a comparison. */
const comparison = /(typeof\s+)?(['"]?[\w.?]*['"]?)\s*(?<![<>=])[!=]==?\s*(['"]?[\w.?]*['"]?)/g;
const secret = /(?:^|\.)\w*(?:token|secret|credential|authorization|bearer|seal|signature|hmac)$/i;
const plain = /^(?:undefined|null|true|false|['"].*|\d+)$/;

/** Whether a line compares what is called like a secret with anything but what is written there. */
function comparesSecret(line: string): boolean {
  return [...line.matchAll(comparison)].some(
    ([, type, one = '', other = '']) =>
      type === undefined && (secret.test(one) || secret.test(other)) && !plain.test(one) && !plain.test(other),
  );
}

/** Comparisons that tell nobody anything, because both sides come from the caller himself. */
const harmless: ReadonlySet<string> = new Set([
  'src/proxy/filters/identify.ts: return token === call.bearer ? bearerPlace : undefined;',
  'src/proxy/filters/identify.ts: for (const token of tokensAt(place, call)) shown.push({ place, token: token === bearer ? bearer : token });',
]);

it('finds such a comparison where there is one', () => {
  for (const line of [
    'if (shown === token) x',
    'return env.TOKEN !== given;',
    'a == this.secret',
    'bearer === env.TOKEN',
  ])
    expect(comparesSecret(line), line).toBe(true);
  for (const line of [
    "token === ''",
    'token !== undefined',
    "typeof token === 'string'",
    "kind === 'token'",
    'await sameSecret(a, token)',
  ])
    expect(comparesSecret(line), line).toBe(false);
});

it('there is none in the code of any Worker or of the command line', async () => {
  const found: string[] = [];
  for (const folder of ['src', 'workers'])
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.(?:tsx?|mjs)$/.test(name)) continue;
      const lines = (await readFile(join(root, folder, name), 'utf8')).split('\n');
      lines.forEach((line, index) => {
        const place = `${folder}/${name}`;
        if (comparesSecret(line) && !harmless.has(`${place}: ${line.trim()}`))
          found.push(`${place}:${index + 1}: ${line.trim()}`);
      });
    }
  expect(found).toEqual([]);
});
