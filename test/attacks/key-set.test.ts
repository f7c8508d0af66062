/** Key sets that are not what they should be, and floods of tokens, at the public door of the shipped edge. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, makeToken, rawToken, type TestKey } from '../identity/tokens/make-token.ts';
import { eventually } from '../support/edge-mesh.ts';
import { keySetRows as rows } from './rows/key-set-rows.ts';
import { type KeyServer, startKeyServer } from './world/key-server.ts';
import { head, startWorld, type World } from './world/world.ts';

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
