import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { IdentityAuthority, Issued, IssueRequest, Refused } from '../../../src/identity/authority.ts';
import { type TokenState, tokenFor } from '../../../src/platform/identity/identity-client.ts';
import { meshKeySource } from '../../../src/platform/identity/mesh-keys.ts';

const life = 600_000;
let clock: number;
let asked: IssueRequest[];
let reply: (request: IssueRequest) => Promise<Issued | Refused>;
let background: Promise<unknown>[];
let state: TokenState;

const authority: IdentityAuthority = {
  issue: (request) => {
    asked.push(request);
    return reply(request);
  },
  jwks: async () => ({ keys: [], maxAgeMs: 1 }),
  verifyCertificate: () => Promise.reject(new Error('not asked here')),
};

beforeEach(() => {
  vi.useRealTimers();
  clock = 1_000_000;
  asked = [];
  background = [];
  state = new Map();
  reply = async () => ({ token: `token-${asked.length}`, expiresAtMs: clock + life });
});

const ask = (audience = 'https://a.test', actor: string | null = null) =>
  tokenFor(audience, actor, state, authority, () => clock, { waitUntil: (work) => background.push(work) });

describe('tokens that an edge holds', () => {
  it('one is fetched where there is none, and then answers without a promise', async () => {
    expect(await ask()).toBe('token-1');
    expect(ask()).toBe('token-1');
    expect(asked).toEqual([{ audience: 'https://a.test' }]);
  });

  it('each audience and each actor has its own', async () => {
    expect(await ask('https://a.test', 'spiffe://mesh/svc/x')).toBe('token-1');
    expect(await ask('https://a.test', 'spiffe://mesh/svc/y')).toBe('token-2');
    expect(await ask('https://b.test', 'spiffe://mesh/svc/x')).toBe('token-3');
    expect(asked[0]).toEqual({ audience: 'https://a.test', actor: 'spiffe://mesh/svc/x' });
  });

  it('from half of its life on it is refreshed in the background, once', async () => {
    await ask();
    clock += life / 2 - 1;
    expect(ask()).toBe('token-1');
    expect(asked).toHaveLength(1);
    clock += 1;
    expect(ask()).toBe('token-1');
    expect(ask()).toBe('token-1');
    await Promise.all(background);
    expect(ask()).toBe('token-2');
    expect(asked).toHaveLength(2);
  });

  it('a refresh whose owner was cancelled is begun anew after 5 s, and blocks nobody', async () => {
    await ask();
    clock += life / 2;
    reply = () => new Promise(() => undefined);
    expect(ask()).toBe('token-1');
    reply = async () => ({ token: 'new', expiresAtMs: clock + life });
    clock += 4_999;
    expect(ask()).toBe('token-1');
    expect(asked).toHaveLength(2);
    clock += 1;
    ask();
    await Promise.all(background.slice(-1));
    expect(ask()).toBe('new');
  });

  it('a token in its last 10 s is not sent if there can be another, and is while there cannot', async () => {
    await ask();
    clock += life - 9_999;
    expect(await ask()).toBe('token-2');
    clock += life - 9_999;
    reply = () => Promise.reject(new Error('down'));
    expect(await ask()).toBe('token-2');
    clock += 9_999;
    await expect(ask()).rejects.toThrow(MeshFailure);
  });

  it('an expired token is replaced before the call goes on', async () => {
    await ask();
    clock += life;
    expect(await ask()).toBe('token-2');
  });

  it('a refusal fails the call with its reason', async () => {
    reply = async () => ({ error: { code: 'no_identity', message: 'no props' } });
    const failure = await Promise.resolve(ask()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MeshFailure);
    expect((failure as MeshFailure).error).toEqual({ code: 'identity_unavailable', detail: 'no_identity: no props' });
  });

  it('a silent identity Worker fails the call after 500 ms, and its late answer serves the next', async () => {
    vi.useFakeTimers();
    let arrive: (issued: Issued) => void = () => undefined;
    reply = () => new Promise((resolve) => (arrive = resolve));
    const call = Promise.resolve(ask()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(500);
    expect(((await call) as MeshFailure).error.code).toBe('identity_unavailable');
    arrive({ token: 'late', expiresAtMs: clock + life });
    await Promise.all(background);
    expect(ask()).toBe('late');
  });

  it('an older answer that comes last does not win', async () => {
    const arrivals: ((issued: Issued) => void)[] = [];
    reply = () => new Promise((resolve) => arrivals.push(resolve));
    const calls = [ask(), ask()];
    arrivals[1]?.({ token: 'younger', expiresAtMs: clock + life + 1 });
    arrivals[0]?.({ token: 'older', expiresAtMs: clock + life });
    await Promise.all(calls);
    expect(ask()).toBe('younger');
  });

  it('an actor that no token can carry is left out', async () => {
    await ask('https://a.test', `https://idp.test/${'x'.repeat(3000)}`);
    await ask('https://b.test', 'https://idp.test/\u0000');
    expect(asked).toEqual([{ audience: 'https://a.test' }, { audience: 'https://b.test' }]);
  });

  it('at most 256 are kept, those that were used last', async () => {
    await ask('https://first.test');
    await ask('https://second.test');
    for (let at = 0; at < 254; at += 1) await ask(`https://${at}.test`);
    await ask('https://first.test');
    await ask('https://one-more.test');
    expect(state.size).toBe(256);
    const before = asked.length;
    await ask('https://first.test');
    expect(asked).toHaveLength(before);
    await ask('https://second.test');
    expect(asked).toHaveLength(before + 1);
  });
});

describe("the mesh's own keys", () => {
  it('come with the age that the identity Worker permits', async () => {
    const key = { kty: 'EC', kid: 'a' };
    const source = meshKeySource('mesh', { ...authority, jwks: async () => ({ keys: [key], maxAgeMs: 7 }) });
    expect(await source.load()).toEqual({ kind: 'keys', keys: [key], text: JSON.stringify([key]), maxAgeMs: 7 });
  });

  it('a refusal is a problem', async () => {
    const jwks = async () => ({ error: { code: 'no_identity', message: 'no props' } }) as const;
    expect(await meshKeySource('mesh', { ...authority, jwks }).load()).toEqual({
      kind: 'problem',
      detail: 'no_identity: no props',
    });
  });
});
