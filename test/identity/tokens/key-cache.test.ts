import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Fetch, fetchJwks } from '../../../src/identity/tokens/fetch-jwks.ts';
import { keysThatFit, type PublicJwk, publicKeys } from '../../../src/identity/tokens/jwks.ts';
import {
  findKeys,
  type Invocation,
  type KeyCache,
  type KeySource,
  type LoadedKeys,
} from '../../../src/identity/tokens/key-cache.ts';

const key = (kid: string): PublicJwk => ({ kty: 'EC', crv: 'P-256', kid, x: 'x', y: 'y' });
const loaded = (...kids: string[]): LoadedKeys => ({ kind: 'keys', keys: kids.map(key), text: kids.join() });
const down: LoadedKeys = { kind: 'problem', detail: 'the issuer is down' };
const named = (kid: string) => (keys: readonly PublicJwk[]) => keysThatFit(keys, 'ES256', kid);

let clock: number;
let loads: number;
let answer: () => Promise<LoadedKeys>;
let background: Promise<unknown>[];
let cache: KeyCache;
let source: KeySource;
let invocation: Invocation;

beforeEach(() => {
  vi.useRealTimers();
  clock = 1_000_000;
  loads = 0;
  background = [];
  cache = new Map();
  answer = async () => loaded('a');
  source = {
    id: 'source',
    load: () => {
      loads += 1;
      return answer();
    },
    refreshAfterMs: 300_000,
    waitAfterMs: 3_600_000,
    waitMs: 5_000,
  };
  invocation = { now: () => clock, lifetime: { waitUntil: (work) => background.push(work) } };
});

const look = (kid: string) => findKeys(cache, source, named(kid), invocation);

describe('copies of key sets', () => {
  it('the first call loads, later ones do not', async () => {
    expect(await look('a')).toEqual({ kind: 'keys', keys: [key('a')] });
    expect((await look('a')).kind).toBe('keys');
    expect(loads).toBe(1);
  });

  it('a copy that nobody could renew for a day is used no more', async () => {
    await look('a');
    answer = async () => down;
    clock += 24 * 3_600_000 - 1;
    expect((await look('a')).kind).toBe('keys');
    clock += 30_001;
    expect(await look('a')).toEqual({ kind: 'unavailable', detail: 'the issuer is down' });
  });

  it('a load for which calls wait long is under way until they give up', async () => {
    source = { ...source, waitMs: 20_000 };
    await look('a');
    answer = () => new Promise(() => undefined);
    clock += 300_000;
    await look('a');
    clock += 15_000;
    await look('a');
    expect(loads).toBe(2);
    clock += 6_000;
    await look('a');
    expect(loads).toBe(3);
  });

  it('after the soft age a call is served at once and the copy is refreshed under waitUntil, once', async () => {
    await look('a');
    clock += 300_000;
    answer = () => new Promise(() => undefined);
    background = [];
    expect((await look('a')).kind).toBe('keys');
    expect((await look('a')).kind).toBe('keys');
    expect(loads).toBe(2);
    expect(background).toHaveLength(1);
  });

  it('a refresh whose owner was cancelled is begun anew after 6 s', async () => {
    await look('a');
    clock += 300_000;
    answer = () => new Promise(() => undefined);
    await look('a');
    answer = async () => loaded('a', 'b');
    clock += 6_000;
    await look('a');
    await Promise.all(background.slice(-1));
    expect(loads).toBe(3);
    expect((await look('b')).kind).toBe('keys');
  });

  it('after the hard age a call waits for the refresh', async () => {
    await look('a');
    clock += 3_600_000;
    answer = async () => loaded('b');
    expect((await look('b')).kind).toBe('keys');
    expect(loads).toBe(2);
  });

  it('an unknown kid loads anew, so that a rotation of the issuer is seen at once', async () => {
    await look('a');
    clock += 30_000;
    answer = async () => loaded('a', 'b');
    expect((await look('b')).kind).toBe('keys');
    expect(loads).toBe(2);
  });

  it('a flood of unknown kids loads once in 30 s', async () => {
    await look('a');
    clock += 30_000;
    for (let at = 0; at < 200; at += 1) {
      expect((await look(`invented-${at}`)).kind).toBe('unknown-key');
      clock += 100;
    }
    expect(loads).toBe(2);
    clock += 10_000;
    await look('invented');
    expect(loads).toBe(3);
  });

  it('a call with an unknown kid joins the load that another call has under way', async () => {
    await look('a');
    clock += 30_000;
    let arrive: (keys: LoadedKeys) => void = () => undefined;
    answer = () => new Promise((resolve) => (arrive = resolve));
    const first = look('b');
    const second = look('b');
    arrive(loaded('a', 'b'));
    expect((await first).kind).toBe('keys');
    expect((await second).kind).toBe('keys');
    expect(loads).toBe(2);
  });

  it('calls that come together where there is no copy share one load', async () => {
    let arrive: (keys: LoadedKeys) => void = () => undefined;
    answer = () => new Promise((resolve) => (arrive = resolve));
    const together = Array.from({ length: 50 }, (_, at) => look(at % 2 === 0 ? 'a' : 'forged'));
    arrive(loaded('a'));
    expect(new Set((await Promise.all(together)).map(({ kind }) => kind))).toEqual(new Set(['keys', 'unknown-key']));
    expect(loads).toBe(1);
  });

  it('an issuer that is silent is asked once a second, however many calls wait for it', async () => {
    vi.useFakeTimers();
    invocation = { ...invocation, now: () => Date.now() };
    answer = () => new Promise(() => undefined);
    const calls = Array.from({ length: 50 }, () => look('a'));
    await vi.advanceTimersByTimeAsync(12_000);
    expect(new Set((await Promise.all(calls)).map(({ kind }) => kind))).toEqual(new Set(['unavailable']));
    expect(loads).toBeLessThanOrEqual(6);
  });

  it('a call waits for its keys no longer than the bound, whether it joins others or asks itself', async () => {
    vi.useFakeTimers();
    invocation = { ...invocation, now: () => Date.now() };
    answer = () => new Promise(() => undefined);
    let answered = 0;
    for (let at = 0; at < 50; at += 1) void look('a').then(() => (answered += 1));
    await vi.advanceTimersByTimeAsync(5_020);
    expect(answered).toBe(50);
  });

  it('a first load whose owner was cancelled is begun anew by a call that has waited a second for it', async () => {
    vi.useFakeTimers();
    invocation = { ...invocation, now: () => Date.now() };
    answer = () => new Promise(() => undefined);
    void look('a');
    answer = async () => loaded('a');
    const next = look('a');
    await vi.advanceTimersByTimeAsync(1_100);
    expect((await next).kind).toBe('keys');
  });

  it('while the issuer is down the old copy is kept, and nobody asks more often than every 30 s', async () => {
    await look('a');
    answer = async () => down;
    clock += 3_600_000;
    for (let at = 0; at < 100; at += 1) {
      expect((await look('a')).kind).toBe('keys');
      clock += 100;
    }
    expect(loads).toBe(2);
    clock += 30_000;
    expect((await look('a')).kind).toBe('keys');
    expect(loads).toBe(3);
  });

  it('without any copy a failure says why, and pauses a second', async () => {
    answer = async () => down;
    expect(await look('a')).toEqual({ kind: 'unavailable', detail: 'the issuer is down' });
    await look('a');
    expect(loads).toBe(1);
    clock += 1_000;
    answer = async () => loaded('a');
    expect((await look('a')).kind).toBe('keys');
  });

  it('a load that rejects is a failure like any other', async () => {
    answer = () => Promise.reject(new Error('RPC receiver is gone'));
    expect(await look('a')).toEqual({ kind: 'unavailable', detail: 'RPC receiver is gone' });
  });

  it('a load that hangs holds a call no longer than the bound, and the next call not at all', async () => {
    vi.useFakeTimers();
    answer = () => new Promise(() => undefined);
    const hung = look('a');
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await hung).kind).toBe('unavailable');
    clock += 5_000;
    answer = async () => loaded('a');
    expect((await look('a')).kind).toBe('keys');
  });

  it('a late answer of an older load does not replace a newer copy', async () => {
    let arrive: (keys: LoadedKeys) => void = () => undefined;
    answer = () => new Promise((resolve) => (arrive = resolve));
    const first = look('a');
    clock += 1_000;
    answer = async () => loaded('a', 'b');
    await look('b');
    arrive(loaded('a'));
    await first;
    expect((await look('b')).kind).toBe('keys');
  });

  it('a source that knows the age of its copies decides', async () => {
    answer = async () => ({ ...loaded('a'), maxAgeMs: 1000 }) as LoadedKeys;
    await look('a');
    clock += 1000;
    answer = async () => loaded('b');
    expect((await look('b')).kind).toBe('keys');
  });

  it('no more than 256 sources are kept, twice as many as a service may name', async () => {
    for (let at = 0; at < 300; at += 1)
      await findKeys(cache, { ...source, id: `source-${at}` }, named('a'), invocation);
    expect(cache.size).toBe(256);
  });
});

describe('the keys that fit a token', () => {
  const nameless = { ...key('a'), kid: undefined };
  it.each<[string, readonly PublicJwk[], string | undefined, number]>([
    ['the one that it names', [key('a'), key('b')], 'b', 1],
    ['any, where it names none', [key('a'), key('b')], undefined, 2],
    ['none, where it names another', [key('a'), key('b')], 'c', 0],
    ['any of a set without names, as in Envoy', [nameless], 'c', 1],
    ['none without a name in a set that has names', [nameless, key('a')], 'c', 0],
    ['none by what every object has', [key('a')], '__proto__', 0],
  ])('%s', (_rule, keys, kid, count) => {
    expect(keysThatFit(keys, 'ES256', kid)).toHaveLength(count);
  });
});

describe('what is kept of a key set', () => {
  const rows: { name: string; set: unknown; expected: PublicJwk[] | undefined }[] = [
    {
      name: 'public keys, without what nobody asked for',
      set: { keys: [{ ...key('a'), x5c: ['..'], key_ops: ['verify'] }] },
      expected: [key('a')],
    },
    { name: 'no symmetric key', set: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'a' }, key('b')] }, expected: [key('b')] },
    { name: 'no private key', set: { keys: [{ ...key('a'), d: 'AAAA' }] }, expected: [] },
    { name: 'no key for encryption', set: { keys: [{ ...key('a'), use: 'enc' }] }, expected: [] },
    {
      name: 'no key of which the operations are others (RFC 7517 section 4.3)',
      set: { keys: [['encrypt'], ['sign'], [], 'verify', null].map((key_ops) => ({ ...key('a'), key_ops })) },
      expected: [],
    },
    { name: 'no key with members of a wrong type', set: { keys: [{ ...key('a'), kid: 1 }, null, 'x'] }, expected: [] },
    {
      name: 'no more than 64',
      set: { keys: Array.from({ length: 100 }, () => key('a')) },
      expected: Array.from({ length: 64 }, () => key('a')),
    },
    { name: 'a list is no key set', set: [], expected: undefined },
    { name: 'keys that are no list are no key set', set: { keys: {} }, expected: undefined },
    { name: 'null is no key set', set: null, expected: undefined },
  ];
  for (const row of rows) it(row.name, () => expect(publicKeys(row.set)).toEqual(row.expected));
});

describe('fetching a JWKS', () => {
  const uri = 'https://idp.test/jwks.json';
  const body = JSON.stringify({ keys: [key('a')] });

  /** A body that never ends, in pieces of 64 KiB; counts how many were taken. */
  function endless(): { response: Response; taken: () => number } {
    let pieces = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces += 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
    return { response: new Response(stream), taken: () => pieces };
  }

  const rows: { name: string; fetch: Fetch; expected: unknown }[] = [
    {
      name: 'a key set',
      fetch: async () => new Response(body),
      expected: { kind: 'keys', keys: [key('a')], text: JSON.stringify(publicKeys({ keys: [key('a')] })) },
    },
    {
      name: 'a redirect is not followed',
      fetch: async (_url, init) => {
        expect(init.redirect).toBe('manual');
        return new Response(null, { status: 302, headers: { location: 'http://127.0.0.1/' } });
      },
      expected: { kind: 'problem', detail: 'the JWKS URI answered 302' },
    },
    {
      name: 'an error',
      fetch: async () => new Response('x', { status: 500 }),
      expected: { kind: 'problem', detail: 'the JWKS URI answered 500' },
    },
    {
      name: 'no JSON',
      fetch: async () => new Response('<html>'),
      expected: { kind: 'problem', detail: expect.stringMatching(/could not be fetched/) },
    },
    {
      name: 'no body',
      fetch: async () => new Response(null),
      expected: { kind: 'problem', detail: expect.any(String) },
    },
    {
      name: 'no key set',
      fetch: async () => new Response('{}'),
      expected: { kind: 'problem', detail: expect.stringMatching(/key set/) },
    },
    {
      name: 'no answer',
      fetch: () => Promise.reject(new Error('refused')),
      expected: { kind: 'problem', detail: expect.stringMatching(/refused/) },
    },
  ];
  for (const row of rows)
    it(row.name, async () => expect(await fetchJwks(uri, row.fetch, false)).toEqual(row.expected));

  it('a body is read up to 256 kB and no further', async () => {
    const { response, taken } = endless();
    expect(await fetchJwks(uri, async () => response, false)).toMatchObject({
      kind: 'problem',
      detail: expect.stringMatching(/larger/),
    });
    expect(taken()).toBeLessThan(8);
  });

  it('a forbidden address is not knocked at', async () => {
    const fetch = vi.fn();
    expect((await fetchJwks('http://169.254.169.254/', fetch, true)).kind).toBe('problem');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('a silent issuer is given up by signal', async () => {
    const given: RequestInit[] = [];
    const fetch: Fetch = async (_url, init) => {
      given.push(init);
      return new Response(body);
    };
    await fetchJwks(uri, fetch, false);
    expect(given[0]?.signal).toBeInstanceOf(AbortSignal);
  });
});
