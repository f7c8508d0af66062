/** Tokens that are none, or read in two ways. */
import { encode, makeToken } from '../../identity/tokens/make-token.ts';
import { b64, changed, noToken, signedText, type TokenRow, withClaims, withHeader } from './forge.ts';

export const formRows: readonly TokenRow[] = [
  {
    name: 'b64 false without crit',
    source: 'RFC 7797 section 6',
    token: withHeader({ b64: false, crit: undefined }),
    reason: undefined,
  },
  {
    name: 'zip, which is for encrypted tokens, counts for nothing',
    source: 'RFC 7515 section 4',
    token: withHeader({ zip: 'DEF' }),
    reason: undefined,
  },
  {
    name: 'a typ of something else that the issuer signs, meant for this service',
    source: 'RequestAuthentication',
    token: withHeader({ typ: 'at+jwt' }),
    reason: undefined,
  },
  {
    name: 'a payload that is not encoded',
    source: 'RFC 7797',
    token: changed((head, body, tail) => `${head}.${Buffer.from(body, 'base64url').toString()}.${tail}`),
    reason: noToken,
  },
  {
    name: 'a token in a token',
    source: 'RFC 7519 section 5.2',
    token: async (forge) =>
      `${encode({ alg: 'ES256', cty: 'JWT' })}.${b64(await makeToken(forge.ec, forge.good as never))}.AAAA`,
    reason: noToken,
  },
  {
    name: 'an encrypted token',
    source: 'RFC 7516',
    token: () => `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.a.b.c.d`,
    reason: noToken,
  },
  {
    name: 'header members twice: the last counts, and is none',
    source: 'RFC 7515 section 4',
    token: (forge) =>
      signedText(forge.ec, JSON.stringify(forge.good), `{"alg":"ES256","kid":"${forge.ec.kid}","alg":"none"}`),
    reason: /algorithm "none"/,
  },
  {
    name: 'header members twice: the last counts, and holds',
    source: 'RFC 7515 section 4',
    token: (forge) =>
      signedText(forge.ec, JSON.stringify(forge.good), `{"alg":"none","kid":"${forge.ec.kid}","alg":"ES256"}`),
    reason: undefined,
  },
  {
    name: 'one byte over the bound',
    source: 'CWE-400',
    token: async (forge) => {
      const short = await makeToken(forge.ec, forge.good as never);
      return short + 'A'.repeat(8193 - short.length);
    },
    reason: /longer than 8192/,
  },
  {
    name: 'sixty kilobytes',
    source: 'CWE-400',
    token: withClaims({ pad: 'x'.repeat(45_000) }),
    reason: /longer than 8192/,
  },
  {
    name: 'eight thousand dots',
    source: 'CVE-2025-27144, CVE-2025-30204',
    token: () => '.'.repeat(8000),
    reason: noToken,
  },
  {
    name: 'a header that is nested deeply',
    source: 'CWE-674',
    token: () => `${b64(`${'['.repeat(2000)}${']'.repeat(2000)}`)}.e30.AAAA`,
    reason: noToken,
  },
  {
    name: 'padding',
    source: 'RFC 7515 section 2',
    token: changed((head, body, tail) => `${head}=.${body}.${tail}`),
    reason: noToken,
  },
  {
    name: 'base64 that is not of URLs',
    source: 'RFC 7515 section 2',
    token: changed((head, body, tail) => `${head}.${body}.${tail.slice(0, -1)}+`),
    reason: noToken,
  },
  {
    name: 'a space within',
    source: 'RFC 7515 section 2',
    token: changed((head, body, tail) => `${head}.${body}. ${tail}`),
    reason: noToken,
  },
  {
    name: 'a header that is not UTF-8',
    source: 'RFC 8259 section 8.1',
    token: changed((_head, body, tail) => `${b64(Buffer.from([0x7b, 0xff, 0x7d]))}.${body}.${tail}`),
    reason: noToken,
  },
  {
    name: 'a header in UTF-16',
    source: 'RFC 8259 section 8.1',
    token: changed(
      (head, body, tail) => `${b64(Buffer.from(Buffer.from(head, 'base64url').toString(), 'utf16le'))}.${body}.${tail}`,
    ),
    reason: noToken,
  },
  {
    name: 'two tokens in one line',
    source: 'RFC 6750 section 2.1',
    token: async (forge) => `${await withClaims({})(forge)}, Bearer ${await withClaims({})(forge)}`,
    reason: noToken,
  },
];
