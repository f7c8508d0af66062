import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { Miniflare } from 'miniflare';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from '../../identity/bundle.ts';
import { makeKey, makeToken, type TestKey } from '../../identity/tokens/make-token.ts';
import { encryptionKey } from '../../support/encryption-key.ts';
import { type LocalServer, startServer } from '../../support/local-server.ts';

const trustDomain = 'mesh.test';
const payment = `spiffe://${trustDomain}/svc/payment`;
const date = '2026-04-21';
let scripts: { identity: string; probe: string; caller: string };
let mf: Miniflare;

beforeAll(async () => {
  scripts = {
    identity: await bundle('workers/identity/wrangler.toml'),
    probe: await bundle('test/identity/workers/wrangler.toml'),
    caller: await readFile(join(import.meta.dirname, '../../identity/workers/caller.js'), 'utf8'),
  };
});

/** A fresh isolate each time, so that every test begins cold. */
async function start(): Promise<Miniflare> {
  const worker = (name: string, script: string, more: Record<string, unknown>) => {
    return { name, compatibilityDate: date, modules: true, script, ...more };
  };
  const started = new Miniflare({
    cf: false,
    port: 0,
    workers: [
      worker('caller', scripts.caller, {
        serviceBindings: {
          PROBE: 'probe',
          SLOW: { name: 'slow', entrypoint: 'Slow' },
          IDENTITY: { name: 'identity', entrypoint: 'Identity', props: { service: 'warm', trustDomain } },
        },
      }),
      worker('probe', scripts.probe, { serviceBindings: { IDENTITY: { name: 'slow', entrypoint: 'Slow' } } }),
      worker('slow', scripts.probe, {
        serviceBindings: {
          REAL: { name: 'identity', entrypoint: 'Identity', props: { service: 'orders', trustDomain } },
        },
      }),
      worker('identity', scripts.identity, {
        durableObjects: { KEY_AUTHORITY: { className: 'KeyAuthority', useSQLite: true } },
        bindings: { ENCRYPTION_KEY: encryptionKey },
      }),
    ],
  } as unknown as ConstructorParameters<typeof Miniflare>[0]);
  // The identity Worker makes its keys before the bounds on waiting count.
  const body = JSON.stringify({ binding: 'IDENTITY', method: 'jwks', args: [] });
  await started.dispatchFetch('http://caller/', { method: 'POST', body });
  return started;
}

interface Said {
  readonly status?: number;
  readonly body?: string;
  readonly thrown?: string;
}

async function call(binding: string, path: string, init: RequestInit = {}, abortMs?: number): Promise<Said> {
  const body = JSON.stringify({ binding, url: `http://pay.test${path}`, init, abortMs });
  return (await (await mf.dispatchFetch('http://caller/', { method: 'POST', body })).json()) as Said;
}

/** Lets the identity Worker take its time; says how often it was asked since the last time. */
async function slow(ms: number): Promise<number> {
  return Number((await call('SLOW', `/?ms=${ms}`)).body);
}

async function ahead(ms: number): Promise<void> {
  await call('PROBE', `/ahead?ms=${ms}`);
}

async function token(
  abortMs?: number,
  audience = payment,
): Promise<{ token?: string; failed?: { code: string }; aborted?: string }> {
  const said = await call('PROBE', `/token?aud=${encodeURIComponent(audience)}`, {}, abortMs);
  return said.body === undefined ? { aborted: said.thrown ?? '' } : JSON.parse(said.body);
}

async function whoIs(bearer: string, rules: unknown = [], abortMs?: number): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${bearer}`, 'x-rules': JSON.stringify(rules) };
  const said = await call('PROBE', '/', { headers }, abortMs);
  return said.body === undefined ? { aborted: said.thrown ?? '' } : JSON.parse(said.body);
}

const ordersId = `spiffe://${trustDomain}/svc/orders`;
const orders = expect.objectContaining({ kind: 'principal', principal: ordersId });

describe('tokens and keys of the mesh, on an edge', () => {
  beforeEach(async () => {
    mf = await start();
    return () => mf.dispose();
  });

  it('a token that one edge sends is the principal that another edge finds', async () => {
    const { token: svid } = await token();
    expect(decodeJwt(svid ?? '').sub).toBe(ordersId);
    expect(await whoIs(svid ?? '')).toEqual(orders);
    const { token: forHost } = await token(undefined, 'http://pay.test');
    expect(await whoIs(forHost ?? '')).toEqual(orders);
    const { token: elsewhere } = await token(undefined, 'http://stock.test');
    expect(await whoIs(elsewhere ?? '')).toMatchObject({ kind: 'invalid' });
  });

  it('a hundred calls ask the identity Worker once for the token and once for the keys', async () => {
    const { token: svid } = await token();
    for (let at = 0; at < 100; at += 1) {
      expect((await token()).token).toBe(svid);
      expect(await whoIs(svid ?? '')).toEqual(orders);
    }
    expect(await slow(0)).toBe(2);
  });

  it('the owner of the first token is cancelled in mid-flight: the next call gets its own at once', async () => {
    await slow(60_000);
    expect((await token(300)).aborted).toMatch(/Timeout/);
    await slow(0);
    expect((await token()).token).toBeTypeOf('string');
  });

  it('the owner of the first keys is cancelled in mid-flight: the next call gets its own at once', async () => {
    const { token: svid } = await token();
    await slow(60_000);
    expect((await whoIs(svid ?? '', [], 300)).aborted).toMatch(/Timeout/);
    await slow(0);
    expect(await whoIs(svid ?? '')).toEqual(orders);
  });

  it('the owner of a refresh of the token is cancelled in mid-flight: calls are served, and the next refresh works', async () => {
    const { token: first } = await token();
    await ahead(301_000);
    await slow(60_000);
    expect((await call('PROBE', `/token?aud=${payment}&linger=60000`, {}, 700)).thrown).toMatch(/Timeout/);
    expect(await slow(0)).toBe(1);
    await ahead(302_000);
    expect((await token()).token).toBe(first);
    expect(await slow(0)).toBe(0);
    await ahead(307_000);
    expect((await token()).token).toBe(first);
    await expect.poll(async () => (await token()).token !== first).toBe(true);
    expect(await slow(0)).toBe(1);
  });

  it('the owner of a refresh of the keys is cancelled in mid-flight: calls are served, and the next refresh works', async () => {
    const bearer = (await token()).token ?? '';
    const headers = { authorization: `Bearer ${bearer}` };
    await whoIs(bearer);
    await ahead(151_000);
    await slow(60_000);
    expect((await call('PROBE', '/?linger=60000', { headers }, 700)).thrown).toMatch(/Timeout/);
    expect(await slow(0)).toBe(1);
    await ahead(152_000);
    expect(await whoIs(bearer)).toEqual(orders);
    expect(await slow(0)).toBe(0);
    await ahead(158_000);
    expect(await whoIs(bearer)).toEqual(orders);
    await expect.poll(() => slow(0)).toBe(1);
    // Past the next lease: if the second refresh had not ended either, a third one would begin.
    await ahead(166_000);
    expect(await whoIs(bearer)).toEqual(orders);
    expect(await slow(0)).toBe(0);
  });

  it('an identity Worker that hangs costs a call half a second, and no more', async () => {
    await slow(60_000);
    const began = Date.now();
    expect((await token()).failed?.code).toBe('identity_unavailable');
    expect(Date.now() - began).toBeGreaterThanOrEqual(490);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('a token that expires while the identity Worker is down is not sent', async () => {
    await token();
    await ahead(600_001);
    await slow(60_000);
    expect((await token()).failed?.code).toBe('identity_unavailable');
  });
});

describe('issuers outside the mesh, on an edge', () => {
  let server: LocalServer;
  let uri: string;
  let asked: string[];
  let key: TestKey;
  let next: TestKey;
  let published: TestKey[];
  let silent: boolean;

  beforeAll(async () => {
    key = await makeKey('idp-1');
    next = await makeKey('idp-2');
    mf = await start();
    return () => mf.dispose();
  });

  // Each test has an issuer of its own, of whose keys the edge holds nothing yet.
  beforeEach(async () => {
    await ahead(0);
    asked = [];
    published = [key];
    silent = false;
    server = await startServer((request, response) => {
      asked.push(request.url ?? '');
      if (silent) return;
      if (request.url === '/moved') response.writeHead(302, { location: '/jwks.json' }).end();
      else if (request.url === '/huge') response.end(`{"keys":[${' '.repeat(300_000)}]}`);
      else response.end(JSON.stringify({ keys: published.map((each) => each.jwk) }));
    });
    uri = server.url;
    return () => server.stop();
  });

  const rules = (path = '/jwks.json') => [
    { issuer: 'https://idp.test', audiences: ['shop'], jwksUri: `${uri}${path}` },
  ];
  const alice = expect.objectContaining({ kind: 'user', requestPrincipal: 'https://idp.test/alice' });
  const claims = () => ({
    iss: 'https://idp.test',
    sub: 'alice',
    aud: 'shop',
    exp: Math.floor(Date.now() / 1000) + 7200,
  });

  it('keys are fetched once, and kept when the issuer is down', async () => {
    const first = await makeToken(key, claims());
    expect(await whoIs(first, rules())).toEqual(alice);
    expect(await whoIs(await makeToken(key, { ...claims(), jti: '2' }), rules())).toEqual(alice);
    expect(asked).toEqual(['/jwks.json']);
    await server.stop();
    await ahead(3_700_000);
    expect(await whoIs(await makeToken(key, { ...claims(), jti: '3' }), rules())).toEqual(alice);
    expect(await whoIs(first, rules())).toEqual(alice);
  });

  it('a flood of unknown kids asks the issuer no more than once in 30 s', async () => {
    await whoIs(await makeToken(key, claims()), rules());
    for (let at = 0; at < 50; at += 1) {
      const forged = await makeToken({ ...next, kid: `forged-${at}` }, claims());
      expect(await whoIs(forged, rules())).toMatchObject({ kind: 'invalid' });
    }
    expect(asked).toHaveLength(1);
    await ahead(31_000);
    published = [key, next];
    expect(await whoIs(await makeToken(next, claims()), rules())).toEqual(alice);
    expect(asked).toHaveLength(2);
  });

  it('the owner of a fetch is cancelled in mid-flight: the next call fetches by itself', async () => {
    silent = true;
    const bearer = await makeToken(key, claims());
    expect((await whoIs(bearer, rules(), 500)).aborted).toMatch(/Timeout/);
    silent = false;
    expect(await whoIs(bearer, rules())).toEqual(alice);
  });

  it('a silent issuer is given up after 5 s', async () => {
    silent = true;
    const began = Date.now();
    expect(await whoIs(await makeToken(key, claims()), rules())).toMatchObject({ kind: 'invalid' });
    expect(Date.now() - began).toBeGreaterThanOrEqual(4_900);
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  it('a redirect is not followed', async () => {
    const found = await whoIs(await makeToken(key, claims()), rules('/moved'));
    expect(found).toMatchObject({ kind: 'invalid', detail: expect.stringMatching(/302/) });
    expect(asked).toEqual(['/moved']);
  });

  it('a JWKS of more than 256 kB is refused', async () => {
    const found = await whoIs(await makeToken(key, claims()), rules('/huge'));
    expect(found).toMatchObject({ kind: 'invalid', detail: expect.stringMatching(/larger/) });
  });

  it('RS256, PS256 and EdDSA verify on this runtime too', async () => {
    published = await Promise.all(['RS256', 'PS256', 'EdDSA'].map((alg) => makeKey(alg, alg)));
    for (const each of published) expect(await whoIs(await makeToken(each, claims()), rules())).toEqual(alice);
  });
});
