/** Our reading of tokens, held against that of a whole JOSE library: what we take for verified, it does too. */
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PublicJwk } from '../../../src/identity/tokens/jwks.ts';
import { decodeJws } from '../../../src/identity/tokens/jws.ts';
import { readToken, verifyToken } from '../../../src/identity/tokens/jwt.ts';
import { encode, makeKey, makeToken, rawToken, type TestKey } from './make-token.ts';

const issuer = 'https://idp.test';
const audiences = ['shop', 'https://shop.test'];
const nowMs = 1_800_000_000_000;
const expected = { issuer, audiences, nowMs, clockSkewMs: 30_000 };
const sound = { iss: issuer, sub: 'alice', aud: 'shop', exp: nowMs / 1000 + 60 };
const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256', 'ES384', 'ES512', 'RS384', 'RS512', 'PS384', 'PS512'];

let keys: TestKey[];
let tokens: string[];
beforeAll(async () => {
  keys = await Promise.all(algorithms.map((alg) => makeKey(`key-${alg}`, alg)));
  tokens = await Promise.all(keys.map((key) => makeToken(key, sound)));
});

async function weVerify(token: string, jwk: PublicJwk): Promise<boolean> {
  const read = readToken(token);
  if (read.kind === 'invalid') return false;
  return (await verifyToken(read, [jwk], expected)).kind === 'verified';
}

async function libraryVerifies(token: string, jwk: PublicJwk): Promise<boolean> {
  const options = {
    algorithms,
    issuer,
    audience: audiences,
    requiredClaims: ['exp', 'aud'],
    clockTolerance: 30,
  };
  return jwtVerify(token, { ...jwk }, { ...options, currentDate: new Date(nowMs) }).then(
    () => true,
    () => false,
  );
}

describe('a token', () => {
  it('that somebody changed is one that the library refuses too, or it is the same token', async () => {
    const character = fc.constantFrom(...'ABab09-_+/=. \n"{}é'.split(''));
    const edit = fc.record({ at: fc.nat(1000), cut: fc.nat(3), put: fc.array(character, { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.nat(algorithms.length - 1), edit, async (which, { at, cut, put }) => {
        const token = tokens[which] as string;
        const { jwk } = keys[which] as TestKey;
        const place = at % token.length;
        const changed = token.slice(0, place) + put.join('') + token.slice(place + cut);
        if (await weVerify(changed, jwk)) expect(await libraryVerifies(changed, jwk)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('says of any claims what the library says of them', async () => {
    const instant = fc.oneof(
      fc.integer({ min: -31, max: 31 }).map((by) => nowMs / 1000 + by),
      fc.constant('9'),
    );
    const name = fc.oneof(fc.constantFrom(issuer, ...audiences, 'other', ''), fc.constantFrom(1, null, [issuer]));
    const claims = fc.record(
      {
        iss: fc.oneof({ weight: 8, arbitrary: fc.constant(issuer) }, { weight: 1, arbitrary: name }),
        sub: fc.oneof({ weight: 8, arbitrary: fc.constant('alice') }, { weight: 1, arbitrary: fc.constant(undefined) }),
        aud: fc.oneof(name, fc.array(fc.constantFrom(...audiences, 'other'), { maxLength: 2 })),
        exp: instant,
        nbf: instant,
        iat: instant,
      },
      { requiredKeys: ['iss', 'sub', 'exp'] },
    );
    const key = keys[0] as TestKey;
    await fc.assert(
      fc.asyncProperty(claims, async (given) => {
        const token = await makeToken(key, given as Parameters<typeof makeToken>[1]);
        const agreed = await libraryVerifies(token, key.jwk);
        expect(await weVerify(token, key.jwk)).toBe(agreed);
      }),
      { numRuns: 200 },
    );
  });

  it('by a key that is too short is refused in words that say so', async () => {
    const pair = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    );
    const jwk = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as PublicJwk;
    const signed = `${encode({ alg: 'RS256' })}.${encode(sound)}`;
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', pair.privateKey, Buffer.from(signed));
    const read = readToken(`${signed}.${Buffer.from(signature).toString('base64url')}`);
    if (read.kind === 'invalid') throw new Error(read.detail);
    expect(await verifyToken(read, [jwk], expected)).toMatchObject({
      kind: 'invalid',
      detail: expect.stringMatching(/1024 bits/),
    });
  });

  it('verifies by a sound key of a set in which another one is broken', async () => {
    const { jwk } = keys[0] as TestKey;
    const read = readToken(tokens[0] as string);
    if (read.kind === 'invalid') throw new Error(read.detail);
    const verdict = await verifyToken(read, [{ ...jwk, x: 'AAAA' }, jwk], expected);
    expect(verdict.kind).toBe('verified');
  });

  it.each([
    ['padded', (token: string) => `${token}=`],
    ['with a space', (token: string) => token.replace('.', ' .')],
    ['in the alphabet of plain base64', () => rawToken({ alg: 'ES256' }, sound, '+/+/')],
    ['of four parts', (token: string) => `${token}.`],
    ['whose payload is no UTF-8', () => `${encode({ alg: 'ES256' })}._w.AA`],
    ['whose payload is a list', () => rawToken({ alg: 'ES256' }, [], 'AA')],
  ])('%s is none', (_, broken) => {
    expect(decodeJws(broken(tokens[0] as string))).toBeUndefined();
  });
});
