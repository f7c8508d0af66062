/**
 * Tokens that must not be believed. Each is shown at the public door of a service that trusts one issuer, whose keys stand in its document.
 * `reason` is what the record of the call says, so that no row is refused for another reason than its own; `undefined` where the
 * token holds. To add a row for another place of a token (a cookie, a parameter), give it a `show` of its own.
 */
import { createHmac, createPublicKey } from 'node:crypto';
import { encode, makeToken, rawToken, type TestKey } from '../identity/tokens.ts';

export interface Forge {
  /** Keys of the issuer that the service trusts, and of somebody else. */
  readonly ec: TestKey;
  readonly rsa: TestKey;
  readonly ed: TestKey;
  readonly stranger: TestKey;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Claims that the service takes. */
  readonly good: Readonly<Record<string, unknown>>;
  /** A JWT-SVID of the service `payment`, by the mesh's own authority. */
  svid(audience: string): Promise<string>;
}

export interface TokenRow {
  readonly name: string;
  readonly source: string;
  readonly token: (forge: Forge) => string | Promise<string>;
  readonly reason: RegExp | undefined;
}

export const issuer = 'https://idp.example';
export const audience = 'vault';
/** The issuer of the mesh's own tokens, and the service that they are shown to. */
const meshIssuer = 'spiffe://mesh.local';
const vault = `${meshIssuer}/svc/vault`;

const b64 = (text: string | Buffer) => Buffer.from(text).toString('base64url');
const rfc = (section: string) => `RFC 8725 section ${section}`;

/** Claims as JSON text, for what no object says. */
const signedText = async (key: TestKey, claims: string, header: string): Promise<string> => {
  const input = `${b64(header)}.${b64(claims)}`;
  const params = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(params, key.privateKey, new TextEncoder().encode(input));
  return `${input}.${b64(Buffer.from(signature))}`;
};
const plainHeader = ({ ec }: Forge) => JSON.stringify({ alg: 'ES256', kid: ec.kid });
const withText = (change: (text: string) => string) => (forge: Forge) =>
  signedText(forge.ec, change(JSON.stringify(forge.good)), plainHeader(forge));

const withClaims = (claims: object) => (forge: Forge) => makeToken(forge.ec, { ...forge.good, ...claims } as never);
const withHeader = (header: object) => (forge: Forge) => makeToken(forge.ec, forge.good as never, { ...header });
/** By a key that the service does not know, which the header brings along. */
const byStranger = (header: (forge: Forge) => object) => (forge: Forge) =>
  makeToken(forge.stranger, forge.good as never, { ...header(forge) });

const hmac = (secret: (forge: Forge) => string | Buffer) => (forge: Forge) => {
  const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: forge.rsa.kid })}.${encode(forge.good)}`;
  return `${input}.${createHmac('sha256', secret(forge)).update(input).digest('base64url')}`;
};
const pem = ({ rsa }: Forge) =>
  createPublicKey({ key: rsa.jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

/** The parts of a good token, changed. */
const changed = (change: (head: string, body: string, tail: string) => string) => async (forge: Forge) => {
  const [head = '', body = '', tail = ''] = (await makeToken(forge.ec, forge.good as never)).split('.');
  return change(head, body, tail);
};

/** The two halves of an ECDSA signature as DER, as other protocols have them. */
const asDer = (tail: string): string => {
  const raw = Buffer.from(tail, 'base64url');
  const whole = (half: Buffer) => {
    const positive = (half[0] as number) > 0x7f ? Buffer.concat([Buffer.from([0]), half]) : half;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const body = Buffer.concat([whole(raw.subarray(0, 32)), whole(raw.subarray(32))]);
  return b64(Buffer.concat([Buffer.from([0x30, body.length]), body]));
};

const evil = 'https://evil.example/keys';
const noSignature = /signature does not verify/;
const noToken = /not a JWT/;

export const tokenRows: readonly TokenRow[] = [
  { name: 'a token that holds', source: 'RFC 7519', token: withClaims({}), reason: undefined },
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
  {
    name: 'b64 false without crit',
    source: 'RFC 7797 section 6',
    token: withHeader({ b64: false, crit: undefined }),
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
    name: 'expired',
    source: 'RFC 7519 section 4.1.4',
    token: (forge) => withClaims({ exp: forge.now - 31 })(forge),
    reason: /expired/,
  },
  {
    name: 'not yet valid',
    source: 'RFC 7519 section 4.1.5',
    token: (forge) => withClaims({ nbf: forge.now + 120 })(forge),
    reason: /"nbf"/,
  },
  {
    name: 'an expiry as text',
    source: 'RFC 7519 section 2',
    token: withText((text) => text.replace(/"exp":\d+/, '"exp":"9999999999"')),
    reason: /"exp"/,
  },
  {
    name: 'an expiry of 1e400',
    source: 'CWE-1284',
    token: withText((text) => text.replace(/"exp":\d+/, '"exp":1e400')),
    reason: /"exp"/,
  },
  { name: 'an expiry below zero', source: 'RFC 7519 section 2', token: withClaims({ exp: -1 }), reason: /expired/ },
  { name: 'an expiry of zero', source: 'RFC 7519 section 2', token: withClaims({ exp: 0 }), reason: /expired/ },
  { name: 'an expiry of null', source: 'RFC 7519 section 2', token: withClaims({ exp: null }), reason: /"exp"/ },
  { name: 'an expiry of true', source: 'RFC 7519 section 2', token: withClaims({ exp: true }), reason: /"exp"/ },
  { name: 'a list of expiries', source: 'RFC 7519 section 2', token: withClaims({ exp: [9e9] }), reason: /"exp"/ },
  {
    name: 'a begin of -1e400',
    source: 'CWE-1284',
    token: withText((text) => text.replace('}', ',"nbf":-1e400}')),
    reason: /"nbf"/,
  },
  { name: 'a begin as text', source: 'RFC 7519 section 2', token: withClaims({ nbf: '0' }), reason: /"nbf"/ },
  { name: 'no expiry', source: rfc('3.8'), token: withClaims({ exp: undefined }), reason: /"exp"/ },
  { name: 'no audience', source: rfc('3.9'), token: withClaims({ aud: undefined }), reason: /"aud"/ },
  { name: 'no issuer', source: rfc('3.8'), token: withClaims({ iss: undefined }), reason: /no issuer/ },
  { name: 'no subject', source: rfc('3.8'), token: withClaims({ sub: undefined }), reason: /"sub"/ },
  {
    name: 'a subject that is a number',
    source: 'RFC 7519 section 4.1.2',
    token: withClaims({ sub: 7 }),
    reason: /sub is not/,
  },
  { name: 'another audience', source: rfc('3.9'), token: withClaims({ aud: 'other' }), reason: /"aud"/ },
  {
    name: 'an audience that begins like ours',
    source: rfc('3.9'),
    token: withClaims({ aud: 'vault2' }),
    reason: /"aud"/,
  },
  { name: 'an audience in upper case', source: rfc('3.9'), token: withClaims({ aud: 'VAULT' }), reason: /"aud"/ },
  {
    name: 'audiences with ours among what is no text',
    source: 'RFC 7519 section 4.1.3',
    token: withClaims({ aud: [1, null, 'vault'] }),
    reason: /"aud"/,
  },
  {
    name: 'an audience in a list in a list',
    source: 'CVE-2020-26160',
    token: withClaims({ aud: [['vault']] }),
    reason: /"aud"/,
  },
  {
    name: 'an audience as an object',
    source: 'RFC 7519 section 4.1.3',
    token: withClaims({ aud: { 0: 'vault', length: 1 } }),
    reason: /"aud"/,
  },
  {
    name: 'another issuer',
    source: rfc('3.8'),
    token: withClaims({ iss: 'https://evil.example' }),
    reason: /not one that/,
  },
  ...[
    'https://idp.example/',
    'HTTPS://idp.example',
    'https://idp.example.',
    'https://idp.example@evil.example',
    ' https://idp.example',
  ].map(
    (iss): TokenRow => ({
      name: `the issuer ${JSON.stringify(iss)}`,
      source: rfc('3.8'),
      token: withClaims({ iss }),
      reason: /not one that/,
    }),
  ),
  { name: 'a list of issuers', source: rfc('3.8'), token: withClaims({ iss: [issuer] }), reason: /no issuer/ },
  {
    name: 'a subject of the mesh by another issuer',
    source: rfc('3.11'),
    token: withClaims({ sub: `${meshIssuer}/svc/orders` }),
    reason: /does not speak for/,
  },
  {
    name: 'the issuer of the mesh by another key',
    source: rfc('3.11'),
    token: withClaims({ iss: meshIssuer, sub: `${meshIssuer}/svc/orders`, aud: vault }),
    reason: /has no ES256 key/,
  },
  {
    name: 'claims twice: the last counts, and is of another issuer',
    source: 'RFC 7519 section 4',
    token: withText((text) => text.replace('}', ',"iss":"https://evil.example"}')),
    reason: /not one that/,
  },
  {
    name: 'claims twice: the last counts, and has expired',
    source: 'RFC 7519 section 4',
    token: withText((text) => text.replace('}', ',"exp":1}')),
    reason: /expired/,
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
    name: 'a claim __proto__',
    source: 'CWE-1321',
    token: withText((text) => text.replace(/"iss":"[^"]*",?/, '').replace('{', `{"__proto__":{"iss":"${issuer}"},`)),
    reason: /no issuer/,
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
  {
    name: "another service's JWT-SVID, shown here",
    source: 'SPIFFE JWT-SVID section 3',
    token: ({ svid }) => svid(`${meshIssuer}/svc/gate`),
    reason: /"aud"/,
  },
  {
    name: 'a JWT-SVID for another host',
    source: 'SPIFFE JWT-SVID section 3',
    token: ({ svid }) => svid('https://gate.example'),
    reason: /"aud"/,
  },
  {
    name: 'a JWT-SVID for this service',
    source: 'SPIFFE JWT-SVID section 3',
    token: ({ svid }) => svid(vault),
    reason: undefined,
  },
  {
    name: 'a JWT-SVID of another subject',
    source: 'SPIFFE JWT-SVID section 4',
    token: async ({ svid }) => {
      const [head, body = '', tail] = (await svid(vault)).split('.');
      return `${head}.${b64(Buffer.from(body, 'base64url').toString().replace('/svc/payment', '/svc/orders'))}.${tail}`;
    },
    reason: noSignature,
  },
  {
    name: 'a JWT-SVID by alg none',
    source: 'SPIFFE JWT-SVID section 2.1',
    token: ({ now }) =>
      rawToken({ alg: 'none' }, { iss: meshIssuer, sub: `${meshIssuer}/svc/orders`, aud: vault, exp: now + 60 }),
    reason: /algorithm "none"/,
  },
  ...['at+jwt', 'dpop+jwt', 'secevent+jwt', 'jwt '].map(
    (typ): TokenRow => ({
      name: `a ${JSON.stringify(typ)} as a JWT-SVID`,
      source: `${rfc('3.11')}, SPIFFE JWT-SVID section 2.3`,
      token: ({ now, stranger }) =>
        makeToken(stranger, { iss: meshIssuer, sub: `${meshIssuer}/svc/orders`, aud: vault, exp: now + 60 }, { typ }),
      reason: /another typ/,
    }),
  ),
  {
    name: 'a JWT-SVID without kid',
    source: 'SPIFFE JWT-SVID section 2.2',
    token: ({ now, stranger }) =>
      makeToken(
        stranger,
        { iss: meshIssuer, sub: `${meshIssuer}/svc/orders`, aud: vault, exp: now + 60 },
        { kid: undefined },
      ),
    reason: /without kid/,
  },
];
