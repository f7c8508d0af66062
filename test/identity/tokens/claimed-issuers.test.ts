import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClaimedIssuers, issuerOf } from '../../../src/identity/tokens/claimed-issuers.ts';
import { rawToken } from './make-token.ts';

const tokenOf = (claims: Readonly<Record<string, unknown>>) => rawToken({ alg: 'ES256' }, claims, 'c2lnbmF0dXJl');

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the issuer that a token claims', () => {
  it.each([
    ['is read from it', tokenOf({ iss: 'https://a.test' }), 'https://a.test'],
    ['is none where it claims none', tokenOf({ sub: 'x' }), ''],
    ['is none where it is no text', tokenOf({ iss: 7 }), ''],
    ['is none in a text that is no token', 'opaque', ''],
    ['is none in a token that is too long', tokenOf({ iss: 'https://a.test', pad: 'x'.repeat(9000) }), ''],
  ])('%s', (_rule, token, issuer) => {
    const known: ClaimedIssuers = new Map();
    expect([issuerOf(known, token), issuerOf(known, token)]).toEqual([issuer, issuer]);
  });

  it('is read once, however often the token is shown', () => {
    const known: ClaimedIssuers = new Map();
    const parse = vi.spyOn(JSON, 'parse');
    const token = tokenOf({ iss: 'https://a.test' });
    issuerOf(known, token);
    const reads = parse.mock.calls.length;
    issuerOf(known, `${token}`);
    expect(reads).toBeGreaterThan(0);
    expect(parse).toHaveBeenCalledTimes(reads);
  });

  it('is remembered of a thousand tokens, of which the first makes room', () => {
    const known: ClaimedIssuers = new Map();
    for (let index = 0; index <= 1000; index += 1) issuerOf(known, tokenOf({ iss: `https://${index}.test` }));
    expect(known.size).toBe(1000);
    expect([...known.values()][0]).toBe('https://1.test');
  });
});
