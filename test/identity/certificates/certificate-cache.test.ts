import { describe, expect, it } from 'vitest';
import {
  type CertificateCache,
  type HeldCertificate,
  recallCertificate,
  rememberCertificate,
} from '../../../src/identity/certificates/certificate-cache.ts';

const heldOf = (leaf: string, more: Partial<HeldCertificate> = {}): HeldCertificate => {
  const instants = { refreshAtMs: 0, askedAtMs: 0, failedAtMs: 0 };
  return {
    leaf,
    chain: '',
    toldFingerprint: '',
    fingerprint: leaf,
    ...instants,
    word: undefined,
    problem: '',
    ...more,
  };
};

describe('certificates that an isolate holds', () => {
  it('are found by the texts of the platform, all of them', () => {
    const cache: CertificateCache = new Map();
    const held = heldOf('leaf', { chain: 'chain', toldFingerprint: 'ab' });
    rememberCertificate(cache, held);
    const tls = { certRFC9440: 'leaf', certChainRFC9440: 'chain', certFingerprintSHA256: 'ab' };
    expect(recallCertificate(cache, tls)).toBe(held);
    expect(recallCertificate(cache, { ...tls, certRFC9440: 'other' })).toBeUndefined();
    expect(recallCertificate(cache, { ...tls, certChainRFC9440: '' })).toBeUndefined();
    expect(recallCertificate(cache, { ...tls, certFingerprintSHA256: 'cd' })).toBeUndefined();
  });

  it('are at most 1,000, those that were shown last', () => {
    const cache: CertificateCache = new Map();
    for (let at = 0; at < 1_000; at += 1) rememberCertificate(cache, heldOf(`${at}`));
    recallCertificate(cache, { certRFC9440: '0' });
    rememberCertificate(cache, heldOf('one more'));
    expect(cache.size).toBe(1_000);
    expect(cache.has('0')).toBe(true);
    expect(cache.has('1')).toBe(false);
  });

  it('are none with texts of more than 16,384 characters', () => {
    const cache: CertificateCache = new Map();
    rememberCertificate(cache, heldOf('a', { chain: 'x'.repeat(16_383) }));
    rememberCertificate(cache, heldOf('b', { chain: 'x'.repeat(16_384) }));
    expect([...cache.keys()]).toEqual(['a']);
  });

  it('that come with another chain take the place of the same one', () => {
    const cache: CertificateCache = new Map();
    rememberCertificate(cache, heldOf('a', { chain: 'one' }));
    const other = heldOf('a', { chain: 'two' });
    rememberCertificate(cache, other);
    expect([...cache.values()]).toEqual([other]);
  });
});
