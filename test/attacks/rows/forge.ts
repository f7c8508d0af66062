/** What hostile tokens are made with, and what a row of one is. */
import { createHmac, createPublicKey } from 'node:crypto';
import { encode, makeToken, type TestKey } from '../../identity/tokens/make-token.ts';

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

/** One token that is shown, and why it is refused. */
export interface TokenRow {
  readonly name: string;
  readonly source: string;
  /** Where it is shown, for what no `Authorization` header says. */
  readonly show?: (token: string) => { readonly target?: string; readonly headers: readonly string[] };
  readonly token: (forge: Forge) => string | Promise<string>;
  /** Whether the token holds and is meant for others: refused by 403 as Istio does, all others by 401. */
  readonly elsewhere?: true;
  /** What the record of the call says, so that no row is refused for another reason than its own; undefined where the token holds. */
  readonly reason: RegExp | undefined;
}

export const issuer = 'https://idp.example';
export const audience = 'vault';
/** The issuer of the mesh's own tokens, and the service that they are shown to. */
export const meshIssuer = 'spiffe://mesh.local';
export const vault = `${meshIssuer}/svc/vault`;

export const b64 = (text: string | Buffer) => Buffer.from(text).toString('base64url');
export const rfc = (section: string) => `RFC 8725 section ${section}`;

/** Claims as JSON text, for what no object says. */
export const signedText = async (key: TestKey, claims: string, header: string): Promise<string> => {
  const input = `${b64(header)}.${b64(claims)}`;
  const params = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(params, key.privateKey, new TextEncoder().encode(input));
  return `${input}.${b64(Buffer.from(signature))}`;
};
export const plainHeader = ({ ec }: Forge) => JSON.stringify({ alg: 'ES256', kid: ec.kid });
export const withText = (change: (text: string) => string) => (forge: Forge) =>
  signedText(forge.ec, change(JSON.stringify(forge.good)), plainHeader(forge));

export const withClaims = (claims: object) => (forge: Forge) =>
  makeToken(forge.ec, { ...forge.good, ...claims } as never);
export const withHeader = (header: object) => (forge: Forge) => makeToken(forge.ec, forge.good as never, { ...header });
/** By a key that the service does not know, which the header brings along. */
export const byStranger = (header: (forge: Forge) => object) => (forge: Forge) =>
  makeToken(forge.stranger, forge.good as never, { ...header(forge) });

export const hmac = (secret: (forge: Forge) => string | Buffer) => (forge: Forge) => {
  const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: forge.rsa.kid })}.${encode(forge.good)}`;
  return `${input}.${createHmac('sha256', secret(forge)).update(input).digest('base64url')}`;
};
export const pem = ({ rsa }: Forge) =>
  createPublicKey({ key: rsa.jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

/** The parts of a good token, changed. */
export const changed = (change: (head: string, body: string, tail: string) => string) => async (forge: Forge) => {
  const [head = '', body = '', tail = ''] = (await makeToken(forge.ec, forge.good as never)).split('.');
  return change(head, body, tail);
};

/** The two halves of an ECDSA signature as DER, as other protocols have them. */
export const asDer = (tail: string): string => {
  const raw = Buffer.from(tail, 'base64url');
  const whole = (half: Buffer) => {
    const positive = (half[0] as number) > 0x7f ? Buffer.concat([Buffer.from([0]), half]) : half;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const body = Buffer.concat([whole(raw.subarray(0, 32)), whole(raw.subarray(32))]);
  return b64(Buffer.concat([Buffer.from([0x30, body.length]), body]));
};

export const evil = 'https://evil.example/keys';
export const noSignature = /signature does not verify/;
export const noToken = /not a JWT/;
