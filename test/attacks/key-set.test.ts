/** Key sets that are not what they should be, and floods of tokens, at the public door of the shipped edge. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeToken, rawToken, type TestKey } from '../identity/tokens.ts';
import { eventually } from '../support/edge-mesh.ts';
import { type KeyServer, startKeyServer } from './key-server.ts';
import { head, startWorld, type World } from './world.ts';

/** By the path of the key server. `says` is what the record tells; undefined where the set serves. */
const rows: readonly { path: string; name: string; source: string; says: RegExp | undefined }[] = [
  { path: '/good', name: 'a key set', source: 'RFC 7517 section 5', says: undefined },
  { path: '/missing', name: 'no key set: no key of anybody stands in', source: 'CVE-2026-31837', says: /answered 404/ },
  { path: '/broken', name: 'an issuer that fails', source: 'CVE-2026-31837', says: /answered 500/ },
  { path: '/empty', name: 'an empty answer', source: 'RFC 7517 section 5', says: /could not be fetched/ },
  { path: '/html', name: 'a page', source: 'RFC 7517 section 5', says: /could not be fetched/ },
  { path: '/null', name: 'null', source: 'RFC 7517 section 5', says: /did not answer with a key set/ },
  { path: '/list', name: 'a list', source: 'RFC 7517 section 5', says: /did not answer with a key set/ },
  { path: '/keys-object', name: 'keys that are no list', source: 'RFC 7517 section 5.1', says: /did not answer with/ },
  { path: '/moved', name: 'a redirect', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 302/ },
  { path: '/moved-for-good', name: 'a redirect for good', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 308/ },
  { path: '/moved-inward', name: 'a redirect to metadata', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 302/ },
  { path: '/refresh', name: 'a refresh header', source: 'GHSA-fgw5-hp8f-xfhc', says: /could not be fetched/ },
  { path: '/private', name: 'a private key', source: 'RFC 7517 section 9.2', says: /has no ES256 key/ },
  { path: '/secret', name: 'a symmetric key', source: 'CVE-2016-10555', says: /has no ES256 key/ },
  { path: '/for-encryption', name: 'a key for encryption', source: 'RFC 7517 section 4.2', says: /has no ES256 key/ },
  { path: '/other-alg', name: 'a key for another alg', source: 'RFC 8725 section 3.1', says: /has no ES256 key/ },
  { path: '/other-curve', name: 'a key of another curve', source: 'RFC 8725 section 3.1', says: /has no ES256 key/ },
  {
    path: '/no-point',
    name: 'a point that is not on the curve',
    source: 'RFC 8725 section 3.4',
    says: /cannot verify/,
  },
  { path: '/number-as-kid', name: 'a kid that is a number', source: 'RFC 7517 section 4.5', says: /has no ES256 key/ },
  { path: '/short-rsa', name: 'an RSA key of 1024 bits', source: 'RFC 7518 section 3.3', says: /1024 bits/ },
  { path: '/thousand-last', name: 'a thousand keys before ours', source: 'CWE-400', says: /has no ES256 key/ },
  { path: '/thousand-first', name: 'a thousand keys behind ours', source: 'CWE-400', says: undefined },
  { path: '/huge', name: 'a key set of 300 kB', source: 'CWE-400', says: /larger than/ },
  { path: '/bomb', name: 'fifty megabytes in fifty kilobytes', source: 'CVE-2026-48044', says: /larger than/ },
  {
    path: '/deep',
    name: 'a hundred thousand brackets',
    source: 'CVE-2026-48042',
    says: /key set|could not be fetched/,
  },
  { path: '/endless', name: 'a body without an end', source: 'CWE-400', says: /larger than/ },
  { path: '/drip', name: 'a body that drips', source: 'CWE-400', says: /could not be fetched|not arrived/ },
  { path: '/silent', name: 'an issuer that is silent', source: 'CWE-400', says: /could not be fetched|not arrived/ },
];

const secret = 'secret of the issuer, long enough for HS256';
const issuerOf = (path: string) => `https://idp.example${path}`;
const flooded = '/flood';

let server: KeyServer;
let key: TestKey;
let short: TestKey;
let world: World;
beforeAll(async () => {
  key = await makeKey('key-1');
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'short-1', alg: 'RS256', use: 'sig' };
  const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  short = { kid: 'short-1', alg: 'RS256', privateKey, jwk: jwk as unknown as TestKey['jwk'] };
  server = await startKeyServer(key, jwk, secret);
  const jwt = [...rows.map(({ path }) => path), flooded].map((path) => ({
    issuer: issuerOf(path),
    audiences: ['vault'],
    jwksUri: `${server.url}${path}`,
  }));
  const vault = {
    service: 'vault',
    public: { hosts: ['vault.example'] },
    versions: { v1: { worker: 'callee' } },
    routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
    authentication: { jwt },
  };
  world = await startWorld({ services: { vault }, development: true });
});
afterAll(async () => {
  await world?.stop();
  server?.stop();
});

const claims = (path: string) => ({
  iss: issuerOf(path),
  sub: 'alice',
  aud: 'vault',
  exp: Math.floor(Date.now() / 1000) + 600,
});
const traceOf = (index: number) => `6e75e7${index.toString(16).padStart(26, '0')}`;
const show = (token: string, trace: string) =>
  world.raw(
    head('GET', '/', 'vault.example', [
      `Authorization: Bearer ${token}`,
      `traceparent: 00-${trace}-00f067aa0ba902b7-01`,
    ]),
  );

/** RSA of that length is signed by nobody's library, so by hand. */
async function shortToken(path: string): Promise<string> {
  const input = rawToken({ alg: 'RS256', kid: short.kid }, claims(path)).slice(0, -1);
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', short.privateKey, new TextEncoder().encode(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

describe('key sets', () => {
  it.concurrent.each(rows)('$name ($source)', async (row) => {
    const { path, says } = row;
    const token = path === '/short-rsa' ? await shortToken(path) : await makeToken(key, claims(path));
    const { status, code } = await show(token, traceOf(rows.indexOf(row)));
    expect({ status, code }).toEqual(
      says === undefined ? { status: 200, code: '' } : { status: 401, code: 'invalid_token' },
    );
    // Neither a redirect nor a second try leads the edge anywhere else.
    expect(server.asked.get(path)).toBe(1);
  });

  it('each is refused for its own reason', async () => {
    const reasons = new Map<string, string>();
    await eventually(
      async () => {
        for (const { traceId, reason } of await world.edge.calls({ service: 'vault', limit: 500 }))
          reasons.set(traceId, reason);
        return rows.every((_, index) => reasons.has(traceOf(index)));
      },
      (all) => all,
    );
    const wrong = rows.flatMap(({ name, says }, index) => {
      const reason = reasons.get(traceOf(index)) ?? 'no record';
      return says === undefined || says.test(reason) ? [] : [{ name, says, reason }];
    });
    expect(wrong).toEqual([]);
  });

  it('HS256 with a secret that the key set holds (CVE-2016-10555)', async () => {
    const { createHmac } = await import('node:crypto');
    const input = rawToken({ alg: 'HS256', kid: key.kid }, claims('/secret')).slice(0, -1);
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect(await show(`${input}.${mac}`, traceOf(900))).toMatchObject({ status: 401, code: 'invalid_token' });
  });

  it('a flood of kids that nobody has asks the issuer at most once more (RFC 8725 section 3.10)', async () => {
    expect((await show(await makeToken(key, claims(flooded)), traceOf(901))).status).toBe(200);
    const flood = Array.from({ length: 60 }, async (_, index) => {
      const forged = await makeToken({ ...key, kid: `forged-${index}` }, claims(flooded));
      return (await show(forged, traceOf(1000 + index))).status;
    });
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]));
    expect(server.asked.get(flooded)).toBeLessThanOrEqual(2);
    expect((await show(await makeToken(key, claims(flooded)), traceOf(902))).status).toBe(200);
  });
});
