/** Keys that come and go: what a token that was good may still do. The clock and the issuer are the test's, the rest is the edge's own. */
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyBearer } from '../../src/identity/tokens/bearer.ts';
import type { BearerContext } from '../../src/identity/tokens/bearer-context.ts';
import type { JwtRule } from '../../src/model/authentication-rules.ts';
import { makeKey, makeToken, type TestKey } from '../identity/tokens/make-token.ts';

const issuer = 'https://idp.example';
const minute = 60_000;
const hour = 60 * minute;
const start = 1_800_000_000_000;

let now: number;
let asked: number;
let answer: () => Promise<Response> | Response;
let background: Promise<unknown>[];
let context: BearerContext;
let old: TestKey;
let next: TestKey;
const rules: readonly JwtRule[] = [{ issuer, audiences: ['vault'], jwksUri: `${issuer}/keys` }];

beforeEach(async () => {
  [old, next] = await Promise.all([makeKey('old'), makeKey('next')]);
  now = start;
  asked = 0;
  answer = () => keys(old);
  background = [];
  context = {
    trustDomain: 'mesh.local',
    service: 'spiffe://mesh.local/svc/vault',
    host: 'vault.example',
    keyCache: new Map(),
    tokenCache: new Map(),
    meshKeys: undefined,
    fetch: async () => {
      asked += 1;
      return answer();
    },
    allowLoopback: false,
    now: () => now,
    lifetime: { waitUntil: (work) => background.push(work) },
  };
});

const keys = (...held: TestKey[]) => Response.json({ keys: held.map(({ jwk }) => jwk) });
const token = (key: TestKey, more: object = {}) =>
  makeToken(key, { iss: issuer, sub: 'alice', aud: 'vault', exp: start / 1000 + 7 * 24 * 3600, ...more });
const shown = async (text: string, rule = rules) => {
  const { kind } = await verifyBearer(text, rule, context);
  await Promise.all(background);
  return kind;
};

describe('the life of keys', () => {
  it('a token of a key that the issuer took away ends with the next copy, remembered verdict and all (RFC 8725 section 3.4)', async () => {
    const before = await token(old);
    expect(await shown(before)).toBe('user');
    answer = () => keys(next);
    now += 6 * minute;
    // The copy is renewed behind this call, which is the last one that the old key serves.
    expect(await shown(before)).toBe('user');
    expect(await shown(before)).toBe('invalid');
    expect(await shown(await token(old, { jti: '2' }))).toBe('invalid');
    expect(await shown(await token(next))).toBe('user');
  });

  it('a key of the same name and another point is another key', async () => {
    const before = await token(old);
    expect(await shown(before)).toBe('user');
    const impostor = { ...(await makeKey('old')) };
    answer = () => keys(impostor);
    now += 6 * minute;
    await shown(before);
    expect(await shown(before)).toBe('invalid');
    expect(await shown(await token(impostor))).toBe('user');
  });

  it('an issuer that is down keeps its keys, and nobody gets in by its being down (CVE-2026-31837)', async () => {
    expect(await shown(await token(old))).toBe('user');
    answer = () => new Response('down', { status: 503 });
    now += 2 * hour;
    expect(await shown(await token(old, { jti: '2' }))).toBe('user');
    expect(await shown(await token(next))).toBe('invalid');
  });

  it('an issuer that was never reached lets nobody in, and is asked once a second (CVE-2026-31837)', async () => {
    answer = () => Promise.reject(new TypeError('connection refused'));
    for (let at = 0; at < 50; at += 1) expect(await shown(await token(old, { jti: `${at}` }))).toBe('invalid');
    expect(asked).toBe(1);
    now += 1_000;
    expect(await shown(await token(old))).toBe('invalid');
    expect(asked).toBe(2);
  });

  it('an issuer that answers with no keys has none, and its old tokens end', async () => {
    expect(await shown(await token(old))).toBe('user');
    answer = () => Response.json({ keys: [] });
    now += 6 * minute;
    await shown(await token(old));
    expect(await shown(await token(old))).toBe('invalid');
  });

  it('a remembered token ends with its time, and is not remembered for another service, host or rule', async () => {
    const short = await token(old, { exp: start / 1000 + 60 });
    expect(await shown(short)).toBe('user');
    const elsewhere = { ...context, service: 'spiffe://mesh.local/svc/other' };
    expect(
      (await verifyBearer(short, [{ issuer, audiences: ['other'], jwksUri: `${issuer}/keys` }], elsewhere)).kind,
    ).toBe('invalid');
    expect(await shown(short, [{ issuer, audiences: ['other'], jwksUri: `${issuer}/keys` }])).toBe('invalid');
    now += 121_000;
    expect(await shown(short)).toBe('invalid');
  });

  it('one kid after another asks the issuer once in half a minute (RFC 8725 section 3.10)', async () => {
    expect(await shown(await token(old))).toBe('user');
    now += 31_000;
    for (let at = 0; at < 200; at += 1) {
      expect(await shown(await token({ ...next, kid: `forged-${at}` }))).toBe('invalid');
      now += 100;
    }
    expect(asked).toBe(2);
  });
});
