import { describe, expect, it } from 'vitest';
import { fetchBundle, nextRefreshMs, replacementProblem } from '../../../src/identity/ca/federation.ts';
import { isEmptyBundle, readBundle } from '../../../src/identity/ca/spiffe-bundle.ts';
import type { Fetch } from '../../../src/identity/tokens/fetch-jwks.ts';
import { make, makeLeafOf } from './certificates.ts';

describe('when a bundle is looked at again', () => {
  const rows: [name: string, hintMs: number | undefined, afterMs: number][] = [
    ['by its hint', 600_000, 600_000],
    ['after 5 min where it has none', undefined, 300_000],
    ['after a minute at least', 1000, 60_000],
    ['after a day at most', 30 * 86_400_000, 86_400_000],
  ];
  for (const [name, refreshHintMs, afterMs] of rows) {
    it(name, () => expect(nextRefreshMs({ refreshHintMs }, 7)).toBe(7 + afterMs));
  }
});

describe('which bundle may follow which', () => {
  const rows: [name: string, before: number | undefined, after: number | undefined, may: boolean][] = [
    ['a higher sequence', 1, 2, true],
    ['the same one', 2, 2, true],
    ['a lower one', 2, 1, false],
    ['none after one', 2, undefined, false],
    ['one after none', undefined, 1, true],
    ['none after none', undefined, undefined, true],
  ];
  for (const [name, before, after, may] of rows) {
    it(name, () => expect(replacementProblem({ sequence: before }, { sequence: after }) === undefined).toBe(may));
  }
  it('the first one', () => expect(replacementProblem(undefined, { sequence: undefined })).toBeUndefined());
});

describe('from where a bundle is fetched', () => {
  const never: Fetch = () => Promise.reject(new Error('nobody may be asked'));
  for (const url of [
    'http://a.test/',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://localhost/',
    'https://u:p@a.test/',
    'ftp://a.test',
    'bundle',
  ]) {
    it(`not from ${url}`, () => expect(fetchBundle(url, never, false)).rejects.toThrow(/bundle endpoint/));
  }
  const rows: [name: string, response: () => Response, words: string][] = [
    [
      'a redirect is not followed',
      () => new Response(null, { status: 302, headers: { location: 'https://a.test' } }),
      '302',
    ],
    ['an error is none', () => new Response('{}', { status: 500 }), '500'],
    [
      'a body without end is cut off',
      () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })),
      'larger',
    ],
    ['what is no JSON is none', () => new Response('<html>'), 'JSON'],
  ];
  for (const [name, response, words] of rows) {
    it(name, () => expect(fetchBundle('https://a.test/', async () => response(), false)).rejects.toThrow(words));
  }
});

describe('a bundle that is read', () => {
  it('has roots that are authorities, and keys of tokens that have an id', async () => {
    const root = await make({});
    const x5c = [Buffer.from(root.certificate.der).toString('base64')];
    const jwt = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', use: 'jwt-svid' };
    const read = await readBundle({
      keys: [
        { kty: 'EC', use: 'x509-svid', x5c },
        { ...jwt, kid: 'a' },
        jwt,
        { ...jwt, kid: 'secret', d: 'd' },
        { ...jwt, kid: 'sig', use: 'sig' },
        7,
        null,
      ],
      spiffe_sequence: 3,
      spiffe_refresh_hint: 60,
    });
    expect(read.roots.map(({ fingerprint }) => fingerprint)).toEqual([root.certificate.fingerprint]);
    expect(read.jwtKeys.map(({ kid, use }) => [kid, use])).toEqual([['a', 'sig']]);
    expect(read).toMatchObject({ sequence: 3, refreshHintMs: 60_000 });

    const bad: [words: string, keys: unknown][] = [
      ['list of keys', 'x'],
      ['more than 32', Array.from({ length: 33 }, () => ({ kty: 'EC', use: 'x509-svid', x5c }))],
    ];
    for (const [words, keys] of bad) await expect(readBundle({ keys })).rejects.toThrow(words);
  });

  it('passes over what it cannot use, and may have nothing left (SPIFFE Trust Domain and Bundle 4.1.3, X509-SVID 6.2)', async () => {
    const root = await make({});
    const leaf = await makeLeafOf(root);
    const [good, other] = [root, leaf].map(({ certificate }) => Buffer.from(certificate.der).toString('base64'));
    const rows: [x5c: unknown, roots: number, problem: string | undefined][] = [
      [undefined, 0, 'no certificate'],
      [[], 0, 'no certificate'],
      [['AAAA'], 0, 'cannot be read'],
      [[other], 0, 'no authority'],
      [[other, good], 0, 'no authority'],
      [[good, other], 1, undefined],
    ];
    for (const [x5c, roots, problem] of rows) {
      const read = await readBundle({ keys: [{ kty: 'EC', use: 'x509-svid', x5c }] });
      expect(read.roots).toHaveLength(roots);
      if (problem === undefined) expect(read.problem).toBeUndefined();
      else expect(read.problem).toContain(problem);
    }
    const withoutType = await readBundle({ keys: [{ use: 'x509-svid', x5c: [good] }] });
    const withdrawn = await readBundle({ keys: [] });
    expect([withoutType, withdrawn].map(isEmptyBundle)).toEqual([true, true]);
  });
});
