import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issued, TrustBundle } from '../../../src/identity/authority.ts';
import type { KeySchedule } from '../../../src/identity/keys/signing-keys.ts';
import {
  ask,
  type Code,
  call,
  operatorToken,
  readCode,
  type StartOptions,
  startIdentity,
  trustDomain,
} from '../../identity/identity-worker.ts';

const secret = operatorToken;
let code: Code;

beforeAll(async () => {
  code = await readCode();
});

const start = (options: StartOptions = {}) => startIdentity(code, options);

async function issue(mf: Miniflare, binding: string, request: Record<string, unknown>): Promise<Issued> {
  return (await ask(mf, binding, 'issue', request)).value as Issued;
}

async function jwks(mf: Miniflare, binding = 'ORDERS'): Promise<TrustBundle> {
  return (await ask(mf, binding, 'jwks')).value as TrustBundle;
}

function verifier(bundleOfKeys: TrustBundle) {
  return createLocalJWKSet({ keys: bundleOfKeys.keys } as unknown as JSONWebKeySet);
}

describe('the identity Worker', () => {
  let mf: Miniflare;
  beforeAll(async () => {
    mf = start({ token: secret });
    await mf.ready;
  });
  afterAll(() => mf.dispose());

  it('issues a token that its JWKS verifies, in the name of the service of the props', async () => {
    const { token, expiresAtMs } = await issue(mf, 'ORDERS', {
      audience: 'https://pay.test',
      actor: 'spiffe://mesh.test/svc/shop',
    });
    const { payload, protectedHeader } = await jwtVerify(token, verifier(await jwks(mf)), {
      issuer: `spiffe://${trustDomain}`,
      audience: 'https://pay.test',
      algorithms: ['ES256'],
    });
    expect(payload).toEqual({
      iss: `spiffe://${trustDomain}`,
      sub: `spiffe://${trustDomain}/svc/orders`,
      aud: 'https://pay.test',
      act: { sub: 'spiffe://mesh.test/svc/shop' },
      iat: expect.any(Number),
      exp: (payload.iat as number) + 600,
    });
    expect(expiresAtMs).toBe((payload.exp as number) * 1000);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: expect.any(String) });
  });

  it('takes the subject from nowhere else', async () => {
    const forged = {
      audience: 'x',
      service: 'root',
      sub: 'root',
      trustDomain: 'evil.test',
      props: { service: 'root' },
    };
    const { token } = await issue(mf, 'ORDERS', forged);
    const { payload } = await jwtVerify(token, verifier(await jwks(mf)));
    expect(payload.sub).toBe(`spiffe://${trustDomain}/svc/orders`);
    expect(payload.iss).toBe(`spiffe://${trustDomain}`);
  });

  const refusals: [name: string, binding: string, method: string, args: unknown[], code: string][] = [
    ['a binding without props gets no token', 'BARE', 'issue', [{ audience: 'x' }], 'no_identity'],
    ['a binding without props gets no keys', 'BARE', 'jwks', [], 'no_identity'],
    ['a service that is no path segment has no identity', 'ODD_SERVICE', 'issue', [{ audience: 'x' }], 'no_identity'],
    ['a trust domain that is none has no identity', 'ODD_DOMAIN', 'issue', [{ audience: 'x' }], 'no_identity'],
    ['an audience is required', 'ORDERS', 'issue', [{}], 'bad_audience'],
    ['an audience is a text', 'ORDERS', 'issue', [{ audience: ['x'] }], 'bad_audience'],
    ['a request is required', 'ORDERS', 'issue', [], 'bad_audience'],
    ['an actor is a text', 'ORDERS', 'issue', [{ audience: 'x', actor: {} }], 'bad_actor'],
    ['an actor has no control characters', 'ORDERS', 'issue', [{ audience: 'x', actor: 'a\nb' }], 'bad_actor'],
    ['an edge is no operator', 'FALSE_OPERATOR', 'rotate', [], 'no_operator'],
  ];
  for (const [name, binding, method, args, expected] of refusals) {
    it(name, async () => {
      expect(await ask(mf, binding, method, ...args)).toEqual({
        value: { error: { code: expected, message: expect.any(String) } },
      });
    });
  }

  it('has no other methods for edges, and none at all on the default entrypoint', async () => {
    for (const [binding, method] of [
      ['ORDERS', 'rotate'],
      ['ORDERS', 'fetch'],
      ['DEFAULT', 'issue'],
      ['DEFAULT', 'rotate'],
    ] as const) {
      expect((await ask(mf, binding, method, 'http://x/')).thrown, `${binding}.${method}`).toMatch(/Error/);
    }
  });

  it('keeps trust domains apart', async () => {
    const { token } = await issue(mf, 'PARTNER', { audience: 'x' });
    await expect(jwtVerify(token, verifier(await jwks(mf)))).rejects.toThrow();
    const { payload } = await jwtVerify(token, verifier(await jwks(mf, 'PARTNER')));
    expect(payload.sub).toBe('spiffe://partner.test/svc/orders');
  });

  it('publishes public keys only, the next one among them', async () => {
    const { keys, maxAgeMs } = await jwks(mf);
    expect(maxAgeMs).toBe(300_000);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  it('holds an operator to the lead that a new key needs', async () => {
    const { token } = await issue(mf, 'ORDERS', { audience: 'x' });
    const said = (await ask(mf, 'OPERATOR', 'rotate')).value as {
      keys: { kid: string; state: string; rotateAtMs?: number }[];
    };
    const active = said.keys.find((key) => key.state === 'active');
    expect(active?.kid).toBe(decodeProtectedHeader(token).kid);
    expect(active?.rotateAtMs).toBeLessThanOrEqual(Date.now());
    await jwtVerify((await issue(mf, 'ORDERS', { audience: 'x' })).token, verifier(await jwks(mf)));
  });

  const bearer = { authorization: `Bearer ${secret}` };
  const path = `/.well-known/jwks.json?trust-domain=${trustDomain}`;
  const doors: [name: string, path: string, init: RequestInit, status: number, code: string][] = [
    ['nobody', path, {}, 401, 'unauthorized'],
    ['a wrong token', path, { headers: { authorization: `Bearer ${secret}x` } }, 401, 'unauthorized'],
    ['an empty token', path, { headers: { authorization: 'Bearer ' } }, 401, 'unauthorized'],
    ['another scheme', path, { headers: { authorization: `Basic ${secret}` } }, 401, 'unauthorized'],
    ['the token in the query', `${path}&token=${secret}`, {}, 401, 'unauthorized'],
    ['nobody at a path that is not there', '/nothing', {}, 401, 'unauthorized'],
    ['an operator at a path that is not there', '/nothing', { headers: bearer }, 404, 'not_found'],
    ['an operator at a path of the prototype', '/constructor', { headers: bearer }, 404, 'not_found'],
    ['a wrong method', '/v1/rotate', { headers: bearer }, 405, 'method_not_allowed'],
    ['no trust domain', '/.well-known/jwks.json', { headers: bearer }, 400, 'bad_trust_domain'],
  ];
  for (const [name, where, init, status, expected] of doors) {
    it(`HTTP refuses ${name}`, async () => {
      const response = await mf.dispatchFetch(`http://identity${where}`, init as never);
      expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({ error: { code: expected, message: expect.any(String) } });
    });
  }

  it('HTTP refuses a binding with props that shows no token', async () => {
    const said = await call(mf, { binding: 'DEFAULT', url: `http://identity${path}` });
    expect(said.status).toBe(401);
  });

  it('HTTP gives an operator the JWKS, with the age that rotation reckons with', async () => {
    const response = await mf.dispatchFetch(`http://identity${path}`, { headers: bearer });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=150, stale-while-revalidate=150');
    expect(await response.json()).toEqual({ keys: (await jwks(mf)).keys });
    const etag = response.headers.get('etag') ?? '';
    const again = await mf.dispatchFetch(`http://identity${path}`, {
      headers: { ...bearer, 'if-none-match': `"x", W/${etag}` },
    });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it('HTTP lets an operator rotate', async () => {
    const response = await mf.dispatchFetch(`http://identity/v1/rotate?trust-domain=${trustDomain}`, {
      method: 'POST',
      headers: bearer,
    });
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).not.toContain('jwk');
  });
});

it('without its secret the identity Worker lets nobody in', async () => {
  const mf = start();
  try {
    for (const authorization of ['', 'Bearer ', 'Bearer undefined']) {
      const response = await mf.dispatchFetch('http://identity/v1/rotate', {
        method: 'POST',
        headers: { authorization },
      });
      expect(response.status).toBe(503);
    }
  } finally {
    await mf.dispose();
  }
});

it('keys outlive the process', async () => {
  const persist = await mkdtemp(join(tmpdir(), 'identity-state-'));
  try {
    const before = start({ persist });
    const { token } = await issue(before, 'ORDERS', { audience: 'x' });
    const keys = await jwks(before);
    await before.dispose();
    const after = start({ persist });
    try {
      expect(await jwks(after)).toEqual(keys);
      await jwtVerify(token, verifier(await jwks(after)));
      await jwtVerify((await issue(after, 'ORDERS', { audience: 'x' })).token, verifier(keys));
    } finally {
      await after.dispose();
    }
  } finally {
    await rm(persist, { recursive: true, force: true });
  }
});

it('through many rotations every token verifies until it expires, by every copy of permitted age', async () => {
  const schedule: KeySchedule = { rotationMs: 300, tokenLifeMs: 3000, jwksMaxAgeMs: 600, skewMs: 50 };
  const mf = start({ schedule });
  try {
    let tokens: Issued[] = [];
    // Ages are reckoned from before the question, so a copy is never older than they say.
    let copies: { readonly fetchedAt: number; readonly keys: ReturnType<typeof verifier> }[] = [];
    const kids = new Set<string | undefined>();
    let verified = 0;
    const end = Date.now() + 6_000;
    // On a busy machine few tokens are asked for in that time.
    while (Date.now() < end || ((kids.size < 3 || verified <= 50) && Date.now() < end + 30_000)) {
      copies.push({ fetchedAt: Date.now(), keys: verifier(await jwks(mf)) });
      const issued = await issue(mf, 'ORDERS', { audience: 'x' });
      kids.add(decodeProtectedHeader(issued.token).kid);
      tokens.push(issued);
      for (const { token, expiresAtMs } of tokens) {
        for (const { fetchedAt, keys } of copies) {
          const now = Date.now();
          if (now >= expiresAtMs || now - fetchedAt > schedule.jwksMaxAgeMs) continue;
          await jwtVerify(token, keys, { currentDate: new Date(now) });
          verified += 1;
        }
      }
      tokens = tokens.filter((held) => held.expiresAtMs > Date.now());
      copies = copies.filter((held) => Date.now() - held.fetchedAt <= schedule.jwksMaxAgeMs);
    }
    expect(kids.size).toBeGreaterThanOrEqual(3);
    expect(verified).toBeGreaterThan(50);
  } finally {
    await mf.dispose();
  }
});
