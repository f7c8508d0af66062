/** Tokens whose signature nobody made who may: by algorithm, by signature, and by key. */
import { encode, makeToken, rawToken } from '../../identity/tokens/make-token.ts';
import { asDer, b64, byStranger, changed, evil, hmac, noSignature, pem, rfc, type TokenRow } from './forge.ts';

export const signatureRows: readonly TokenRow[] = [
  ...['none', 'None', 'NONE', 'nOnE', 'none ', ''].map(
    (alg): TokenRow => ({
      name: `alg ${JSON.stringify(alg)}`,
      source: 'CVE-2022-23540, RFC 8725 section 2.1',
      token: ({ good, ec }) => rawToken({ alg, kid: ec.kid }, good),
      reason: /algorithm .* is not allowed/,
    }),
  ),
  {
    name: 'alg none with the signature of a good token',
    source: rfc('3.1'),
    token: changed(
      (head, body, tail) =>
        `${encode({ ...JSON.parse(Buffer.from(head, 'base64url').toString()), alg: 'none' })}.${body}.${tail}`,
    ),
    reason: /algorithm "none"/,
  },
  {
    name: 'no alg',
    source: rfc('3.1'),
    token: ({ good }) => rawToken({ typ: 'JWT' }, good, 'AAAA'),
    reason: /algorithm null/,
  },
  {
    name: 'a list of algs',
    source: rfc('3.1'),
    token: ({ good }) => rawToken({ alg: ['ES256'] }, good, 'AAAA'),
    reason: /algorithm null|algorithm \[/,
  },
  {
    name: 'alg __proto__',
    source: 'CWE-1321',
    token: ({ good }) => rawToken({ alg: '__proto__' }, good, 'AAAA'),
    reason: /not allowed/,
  },
  {
    name: 'HS256 with the RSA key in PEM as the secret',
    source: 'CVE-2016-10555',
    token: hmac((forge) => pem(forge)),
    reason: /algorithm "HS256"/,
  },
  {
    name: 'HS256 with the RSA key as JWK as the secret',
    source: 'CVE-2016-10555',
    token: hmac(({ rsa }) => JSON.stringify(rsa.jwk)),
    reason: /algorithm "HS256"/,
  },
  { name: 'HS256 with an empty secret', source: 'CVE-2019-20933', token: hmac(() => ''), reason: /algorithm "HS256"/ },
  {
    name: 'RS256 under the kid of an EC key',
    source: rfc('3.1'),
    token: (forge) => makeToken({ ...forge.rsa, kid: forge.ec.kid }, forge.good as never),
    reason: /no RS256 key/,
  },
  {
    name: 'PS256 by a key that is for RS256',
    source: rfc('3.1'),
    token: ({ good, rsa }) => rawToken({ alg: 'PS256', kid: rsa.kid }, good, b64(Buffer.alloc(256))),
    reason: /no PS256 key/,
  },
  {
    name: 'ES256 with r = s = 0',
    source: 'CVE-2022-21449',
    token: ({ good, ec }) => rawToken({ alg: 'ES256', kid: ec.kid }, good, b64(Buffer.alloc(64))),
    reason: noSignature,
  },
  {
    name: 'ES256 with r = s = n',
    source: 'CVE-2022-21449',
    token: ({ good, ec }) =>
      rawToken(
        { alg: 'ES256', kid: ec.kid },
        good,
        b64(Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex')),
      ),
    reason: noSignature,
  },
  {
    name: 'an ECDSA signature as DER',
    source: 'RFC 7518 section 3.4',
    token: changed((head, body, tail) => `${head}.${body}.${asDer(tail)}`),
    reason: noSignature,
  },
  {
    name: 'a signature that is cut',
    source: 'RFC 7518 section 3.4',
    token: changed((head, body, tail) => `${head}.${body}.${tail.slice(0, -4)}`),
    reason: noSignature,
  },
  {
    name: 'a signature with more behind it',
    source: 'RFC 7518 section 3.4',
    token: changed((head, body, tail) => `${head}.${body}.${tail}AAAA`),
    reason: noSignature,
  },
  {
    name: 'no signature',
    source: 'CVE-2020-28042',
    token: changed((head, body) => `${head}.${body}.`),
    reason: noSignature,
  },
  {
    name: 'an Ed25519 signature of zeroes',
    source: 'RFC 8032 section 5.1.7',
    token: ({ good, ed }) => rawToken({ alg: 'EdDSA', kid: ed.kid }, good, b64(Buffer.alloc(64))),
    reason: noSignature,
  },
  {
    name: 'an Ed25519 signature of the neutral point',
    source: 'RFC 8032 section 8.4',
    token: ({ good, ed }) =>
      rawToken({ alg: 'EdDSA', kid: ed.kid }, good, b64(Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]))),
    reason: noSignature,
  },
  {
    name: 'an RSA signature of zeroes',
    source: 'RFC 8017 section 8.2.2',
    token: ({ good, rsa }) => rawToken({ alg: 'RS256', kid: rsa.kid }, good, b64(Buffer.alloc(256))),
    reason: noSignature,
  },
  {
    name: 'other claims under a good signature',
    source: 'RFC 7515 section 5.2',
    token: changed(
      (head, body, tail) =>
        `${head}.${b64(Buffer.from(body, 'base64url').toString().replace('alice', 'admin'))}.${tail}`,
    ),
    reason: noSignature,
  },
  {
    name: 'a stranger with the kid of the issuer',
    source: 'RFC 7515 section 4.1.4',
    token: byStranger(({ ec }) => ({ kid: ec.kid })),
    reason: noSignature,
  },
  {
    name: 'a stranger without kid',
    source: 'RFC 7515 section 4.1.4',
    token: byStranger(() => ({ kid: undefined })),
    reason: noSignature,
  },
  {
    name: 'a key in the header (jwk)',
    source: 'CVE-2018-0114',
    token: byStranger(({ ec, stranger }) => ({ kid: ec.kid, jwk: stranger.jwk })),
    reason: noSignature,
  },
  {
    name: 'keys by a URL in the header (jku)',
    source: rfc('3.10'),
    token: byStranger(({ ec }) => ({ kid: ec.kid, jku: evil })),
    reason: noSignature,
  },
  {
    name: 'a certificate by a URL in the header (x5u)',
    source: rfc('3.10'),
    token: byStranger(({ ec }) => ({ kid: ec.kid, x5u: evil })),
    reason: noSignature,
  },
  {
    name: 'a certificate in the header (x5c)',
    source: 'RFC 7515 section 4.1.6',
    token: byStranger(({ ec }) => ({ kid: ec.kid, x5c: [b64('certificate')] })),
    reason: noSignature,
  },
  ...['../../../../dev/null', "x' UNION SELECT 'secret", evil, '__proto__', '', 'x'.repeat(2000)].map(
    (kid): TokenRow => ({
      name: `kid ${JSON.stringify(kid.slice(0, 24))}`,
      source: rfc('3.10'),
      token: byStranger(() => ({ kid })),
      reason: /has no ES256 key/,
    }),
  ),
  {
    name: 'a kid that is an object',
    source: rfc('3.10'),
    token: ({ good }) => rawToken({ alg: 'ES256', kid: { toString: 'x' } }, good, 'AAAA'),
    reason: /kid is not a string/,
  },
  ...[['exp'], [], 'exp', null, ['b64'], ['__proto__']].map(
    (crit): TokenRow => ({
      name: `crit ${JSON.stringify(crit)}`,
      source: 'RFC 7515 section 4.1.11, CVE-2025-59420',
      token: ({ good, ec }) => rawToken({ alg: 'ES256', kid: ec.kid, crit, exp: 1 }, good, b64(Buffer.alloc(64))),
      reason: /\(crit\)/,
    }),
  ),
];
