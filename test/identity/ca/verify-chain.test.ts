import { beforeAll, describe, expect, it } from 'vitest';
import type { CertificateVerdict } from '../../../src/identity/authority.ts';
import { parseCertificate } from '../../../src/identity/ca/parsed-certificate.ts';
import { verifyChain } from '../../../src/identity/ca/verify-chain.ts';
import { Extension } from '../../../src/identity/ca/x509.ts';
import {
  clientAuth,
  hour,
  make,
  makeLeafOf,
  now,
  opensslVerify,
  type Party,
  serverAuth,
  type Wish,
} from './certificates.ts';
import { NameConstraintsExtension } from './name-constraints-extension.ts';
import { twinOf } from './twin.ts';

let root: Party;
let other: Party;
let middle: Party;

beforeAll(async () => {
  root = await make({ name: 'CN=root', pathLength: 1 });
  other = await make({ name: 'CN=root' });
  middle = await make({ name: 'CN=middle', issuer: root, pathLength: 0 });
});

interface Given {
  readonly leaf: Party;
  readonly chain?: readonly Party[];
  readonly roots?: readonly Party[];
  readonly nowMs?: number;
  readonly revoked?: Party;
}

function judge({ leaf, chain = [middle], roots = [root], nowMs = now, revoked }: Given): Promise<CertificateVerdict> {
  return verifyChain(
    leaf.certificate,
    chain.map(({ certificate }) => certificate),
    {
      nowMs,
      anchorsOf: (name) => (name === 'mesh.test' ? roots.map(({ certificate }) => certificate) : undefined),
      revocationOf: ({ fingerprints }) =>
        revoked !== undefined && fingerprints.includes(revoked.certificate.fingerprint) ? 'lost' : undefined,
    },
  );
}

const digitalSignature = 1;
const keyCertSign = 1 << 5;
const cRLSign = 1 << 6;
const spiffe = (value: string) => ({ type: 'url' as const, value });
const rsa = (modulusLength: number, hash = 'SHA-256') => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
});

describe('a chain that a bundle vouches for', () => {
  const rows: [name: string, wish: Wish][] = [
    ['names its principal', {}],
    [
      'may have DNS names beside its one URI',
      { names: [spiffe('spiffe://mesh.test/svc/orders'), { type: 'dns', value: 'a.test' }] },
    ],
    ['may be for clients only', { extendedUsage: [clientAuth] }],
    ['may leave the extended key usage open', { extendedUsage: undefined }],
    ['may have no basic constraints', { ca: 'absent' }],
    ['may have an Ed25519 key', { keyAlgorithm: { name: 'Ed25519' } }],
    ['may have a P-384 key', { keyAlgorithm: { name: 'ECDSA', namedCurve: 'P-384' } }],
    ['may have an RSA key of 2048 bits', { keyAlgorithm: rsa(2048) }],
    ['may be signed with SHA-384', { hash: 'SHA-384' }],
  ];
  for (const [name, wish] of rows) {
    it(name, async () => {
      const leaf = await makeLeafOf(middle, wish);
      expect(await judge({ leaf })).toEqual({
        kind: 'trusted',
        principal: 'spiffe://mesh.test/svc/orders',
        validUntilMs: now + hour + 60_000,
      });
      const chain = { leaf: leaf.certificate.der, untrusted: [middle.certificate.der], roots: [root.certificate.der] };
      // Without key identifiers the strict form of OpenSSL is not for these, so that only the plain one judges them.
      expect(await opensslVerify(chain, now, false)).toBe('OK');
    });
  }

  it('is found whatever else comes with it, in any order, under any of several roots', async () => {
    const leaf = await makeLeafOf(middle);
    const stray = await make({ name: 'CN=middle', issuer: other, pathLength: 0 });
    const verdict = await judge({ leaf, chain: [other, stray, root, middle, leaf], roots: [other, root] });
    expect(verdict.kind).toBe('trusted');
  });

  it('may be signed by a root itself', async () => {
    expect((await judge({ leaf: await makeLeafOf(root), chain: [] })).kind).toBe('trusted');
  });

  it('ends with the first of its certificates, and is believed a minute longer for clocks that are behind', async () => {
    const short = await make({ name: 'CN=short', issuer: root, notAfter: now + 1000 });
    const leaf = await makeLeafOf(short);
    expect(await judge({ leaf, chain: [short] })).toMatchObject({ kind: 'trusted', validUntilMs: now + 61_000 });
    expect((await judge({ leaf, chain: [short], nowMs: now + 60_999 })).kind).toBe('trusted');
    expect(await judge({ leaf, chain: [short], nowMs: now + 61_000 })).toMatchObject({ reason: 'expired' });
  });
});

describe('a leaf that is not believed', () => {
  const id = 'spiffe://mesh.test/svc/orders';
  const rows: [reason: string, name: string, wish: Wish][] = [
    ['no_spiffe_id', 'has no URI', { names: [{ type: 'dns', value: 'orders.test' }] }],
    ['no_spiffe_id', 'has no subject alternative name', { names: undefined }],
    ['no_spiffe_id', 'has two URIs', { names: [spiffe(id), spiffe('https://a.test/')] }],
    ['no_spiffe_id', 'has its id twice', { names: [spiffe(id), spiffe(id)] }],
    ['no_spiffe_id', 'is the trust domain itself', { names: [spiffe('spiffe://mesh.test')] }],
    ['no_spiffe_id', 'has a URI that is no SPIFFE id', { names: [spiffe('spiffe://mesh.test/a/../b')] }],
    ['no_spiffe_id', 'has a SPIFFE id in capitals', { names: [spiffe('SPIFFE://mesh.test/svc/orders')] }],
    ['unknown_authority', 'is of another trust domain', { names: [spiffe('spiffe://evil.test/svc/orders')] }],
    ['bad_usage', 'is an authority', { ca: true }],
    ['bad_usage', 'is not for digital signatures', { usage: 1 << 2 }],
    ['bad_usage', 'has no key usage', { usage: 'absent' }],
    ['bad_usage', 'may sign certificates', { usage: digitalSignature | keyCertSign }],
    ['bad_usage', 'may sign revocation lists', { usage: digitalSignature | cRLSign }],
    ['bad_usage', 'is for servers only', { extendedUsage: [serverAuth] }],
    ['bad_usage', 'is for anything, not for clients by name (X509-SVID 4.4)', { extendedUsage: ['2.5.29.37.0'] }],
    ['expired', 'has expired', { notAfter: now - 60_000 }],
    ['not_yet_valid', 'is not valid yet', { notBefore: now + 61_000, notAfter: now + hour }],
    ['bad_algorithm', 'has an RSA key of 1024 bits', { keyAlgorithm: rsa(1024) }],
    ['bad_algorithm', 'has a key on another curve', { keyAlgorithm: { name: 'ECDSA', namedCurve: 'P-521' } }],
    ['bad_algorithm', 'is signed with SHA-1', { hash: 'SHA-1' }],
    [
      'unknown_extension',
      'has a critical extension that nobody knows',
      { more: [new Extension('1.2.3.4', true, new Uint8Array([5, 0]))] },
    ],
    [
      'unknown_extension',
      'has a critical identifier of its key (RFC 5280 section 4.2.1.2)',
      { more: [new Extension('2.5.29.14', true, new Uint8Array([4, 1, 7]))] },
    ],
  ];
  for (const [reason, name, wish] of rows) {
    it(name, async () => {
      expect(await judge({ leaf: await makeLeafOf(middle, wish) })).toEqual({
        kind: 'untrusted',
        reason,
        detail: expect.any(String),
      });
    });
  }

  it('is revoked', async () => {
    const leaf = await makeLeafOf(middle);
    expect(await judge({ leaf, revoked: leaf })).toMatchObject({
      reason: 'revoked',
      detail: expect.stringContaining('lost'),
    });
  });

  it('is signed by another key of an authority with the same name', async () => {
    const leaf = await makeLeafOf(middle, { signedBy: other.keys });
    expect(await judge({ leaf })).toMatchObject({ reason: 'bad_signature' });
  });
});

describe('an authority that is not believed', () => {
  const rows: [reason: string, name: string, wish: Wish][] = [
    ['bad_usage', 'is none', { ca: false }],
    ['bad_usage', 'has no basic constraints', { ca: 'absent' }],
    ['bad_usage', 'is not for signing certificates', { usage: digitalSignature }],
    ['bad_usage', 'does not say what it is for (RFC 5280 section 4.2.1.3)', { usage: 'absent' }],
    ['bad_usage', 'is for other certificates than those of clients', { extendedUsage: [serverAuth] }],
    ['expired', 'has expired', { notAfter: now - 60_000 }],
    ['not_yet_valid', 'is not valid yet', { notBefore: now + 61_000 }],
    ['bad_algorithm', 'has an RSA key of 1024 bits', { keyAlgorithm: rsa(1024) }],
    ['bad_name', 'may not name this host', { more: [new NameConstraintsExtension({ permittedUris: ['other.test'] })] }],
    [
      'bad_name',
      'is kept from naming this host',
      { more: [new NameConstraintsExtension({ excludedUris: ['mesh.test'] })] },
    ],
    [
      'bad_name',
      'has constraints over names that are not understood',
      { more: [new NameConstraintsExtension({ permittedMails: ['a.test'] })] },
    ],
    [
      'unknown_extension',
      'has a critical extension that nobody knows',
      { more: [new Extension('1.2.3.4', true, new Uint8Array([5, 0]))] },
    ],
  ];
  for (const [reason, name, wish] of rows) {
    it(name, async () => {
      const bad = await make({ name: 'CN=bad', issuer: root, ...wish });
      expect(await judge({ leaf: await makeLeafOf(bad), chain: [bad] })).toMatchObject({ kind: 'untrusted', reason });
    });
  }

  it('is believed where its constraints name the host', async () => {
    const bound = await make({
      name: 'CN=bound',
      issuer: root,
      more: [new NameConstraintsExtension({ permittedUris: ['mesh.test'] })],
    });
    expect((await judge({ leaf: await makeLeafOf(bound), chain: [bound] })).kind).toBe('trusted');
  });

  it('is not the one that a certificate names by its key or serial number, though it signed (RFC 5280 section 4.2.1.1)', async () => {
    const own = new Extension('2.5.29.14', false, new Uint8Array([4, 1, 7]));
    const bad = await make({ name: 'CN=bad', issuer: root, more: [own] });
    const naming = (...value: number[]) =>
      new Extension('2.5.29.35', false, new Uint8Array([0x30, value.length, ...value]));
    const rows: [names: Extension, kind: string][] = [
      [naming(0x80, 1, 7), 'trusted'],
      [naming(0x80, 1, 8), 'untrusted'],
      [naming(0x82, 1, 8), 'untrusted'],
    ];
    for (const [names, kind] of rows) {
      expect((await judge({ leaf: await makeLeafOf(bad, { more: [names] }), chain: [bad] })).kind).toBe(kind);
    }
  });

  it('may, as a root, leave open what it is for, since many do', async () => {
    const plain = await make({ name: 'CN=plain', usage: 'absent' });
    expect((await judge({ leaf: await makeLeafOf(plain), chain: [], roots: [plain] })).kind).toBe('trusted');
  });

  it('is revoked in every form in which somebody can show it', async () => {
    const leaf = await makeLeafOf(middle);
    const other = { ...middle, certificate: await parseCertificate(twinOf(middle.certificate.der)) };
    expect((await judge({ leaf, chain: [other] })).kind).toBe('trusted');
    expect(await judge({ leaf, chain: [other], revoked: middle })).toMatchObject({ reason: 'revoked' });
    expect(await judge({ leaf, revoked: other })).toMatchObject({ reason: 'revoked' });
  });

  it('is revoked', async () => {
    expect(await judge({ leaf: await makeLeafOf(middle), revoked: middle })).toMatchObject({ reason: 'revoked' });
    expect(await judge({ leaf: await makeLeafOf(middle), revoked: root })).toMatchObject({ reason: 'revoked' });
  });

  it('stands below one that allows none below it', async () => {
    const below = await make({ name: 'CN=below', issuer: middle });
    const leaf = await makeLeafOf(below);
    expect(await judge({ leaf, chain: [below, middle] })).toMatchObject({ reason: 'bad_usage' });
  });

  it('is a leaf that signs', async () => {
    const leaf = await makeLeafOf(middle, { name: 'CN=leaf' });
    const forged = await makeLeafOf(leaf, { names: [spiffe('spiffe://mesh.test/svc/admin')] });
    expect(await judge({ leaf: forged, chain: [leaf, middle] })).toMatchObject({ reason: 'bad_usage' });
  });

  it('is a root that came with the leaf', async () => {
    const leaf = await makeLeafOf(other);
    expect(await judge({ leaf, chain: [other] })).toMatchObject({ reason: 'bad_signature' });
    const stranger = await make({ name: 'CN=stranger' });
    expect(await judge({ leaf: await makeLeafOf(stranger), chain: [stranger] })).toMatchObject({
      reason: 'unknown_authority',
    });
  });

  it('is not there', async () => {
    expect(await judge({ leaf: await makeLeafOf(middle), chain: [] })).toMatchObject({ reason: 'unknown_authority' });
    expect(await judge({ leaf: await makeLeafOf(middle), roots: [] })).toMatchObject({ reason: 'unknown_authority' });
  });
});

it('equal names make many paths, and only so many signatures are verified', async () => {
  const same = await Promise.all(
    Array.from({ length: 7 }, () => make({ name: 'CN=same', issuer: { ...root, name: 'CN=same' } })),
  );
  const leaf = await makeLeafOf({ ...middle, name: 'CN=same' });
  expect(await judge({ leaf, chain: same })).toMatchObject({ kind: 'untrusted' });
});
