/** The mesh's own tokens, where they do not hold. */
import { makeToken, rawToken } from '../../identity/tokens/make-token.ts';
import { b64, byStranger, meshIssuer, noSignature, rfc, type TokenRow, vault, withClaims } from './forge.ts';

/** Beside a token of the mesh that holds. */
const besideSvid = (token: string) => {
  const [svid, other] = token.split(' ');
  return { headers: [`selvedge-token: ${svid}`, `Authorization: Bearer ${other}`] };
};

export const svidRows: readonly TokenRow[] = [
  {
    name: 'a JWT-SVID that holds, with alg none beside it',
    source: rfc('3.1'),
    show: besideSvid,
    token: async ({ svid, good }) => `${await svid(vault)} ${rawToken({ alg: 'none' }, good)}`,
    reason: /algorithm "none"/,
  },
  {
    name: 'a JWT-SVID that holds, with a token of a stranger beside it',
    source: rfc('3.1'),
    show: besideSvid,
    token: async (forge) => `${await forge.svid(vault)} ${await byStranger(({ ec }) => ({ kid: ec.kid }))(forge)}`,
    reason: noSignature,
  },
  {
    name: 'a JWT-SVID that holds, with a token that holds beside it',
    source: 'SPIFFE JWT-SVID section 3',
    show: besideSvid,
    token: async (forge) => `${await forge.svid(vault)} ${await withClaims({})(forge)}`,
    reason: undefined,
  },
  {
    name: 'a token that holds, with a JWT-SVID by alg none beside it',
    source: 'SPIFFE JWT-SVID section 2.1',
    show: besideSvid,
    token: async (forge) => {
      const forged = rawToken(
        { alg: 'none' },
        { iss: meshIssuer, sub: `${meshIssuer}/svc/orders`, aud: vault, exp: 9e9 },
      );
      return `${forged} ${await withClaims({})(forge)}`;
    },
    reason: /algorithm "none"/,
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
