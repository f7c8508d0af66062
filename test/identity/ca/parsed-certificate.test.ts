import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/identity/ca/parsed-certificate.ts';
import { Extension, SubjectAlternativeNameExtension } from '../../../src/identity/ca/x509.ts';
import { make, makeLeafOf } from './certificates.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parse-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A certificate as OpenSSL makes it, and what OpenSSL says of it. */
async function openssl(subject: string, ...more: string[]) {
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const given = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-utf8',
    '-keyout',
    key,
    '-out',
    file,
  ];
  await run('openssl', [...given, '-subj', subject, '-days', '30', ...more]);
  const { stdout } = await run('openssl', [
    'x509',
    '-in',
    file,
    '-noout',
    '-subject',
    '-issuer',
    '-serial',
    '-fingerprint',
    '-sha256',
    '-nameopt',
    'RFC2253',
  ]);
  const line = (name: string) => new RegExp(`^${name}=(.*)$`, 'im').exec(stdout)?.[1] ?? '';
  return { der: new X509Certificate(await readFile(file)).raw, line };
}

describe('facts of a certificate', () => {
  const subjects = [
    '/CN=orders/O=mesh.test',
    '/C=DE/ST=Bayern/L=München/O=Example, Inc./OU=a+b/CN=partner',
    '/CN= leading and trailing /O=#hash',
    '/CN=quote " back \\\\ slash < > ;/O=equals = sign',
    '/CN=multi+UID=valued/DC=test/DC=mesh',
    '/CN=ünïcode ☃/emailAddress=a@b.test',
    '/serialNumber=12345/GN=Ada/SN=Lovelace/title=Countess/street=Main 1/CN=x',
  ];
  for (const subject of subjects) {
    it(`are what OpenSSL says of ${subject}`, async () => {
      const { der, line } = await openssl(subject);
      const parsed = await parseCertificate(der);
      expect({ subject: parsed.subject, issuer: parsed.issuer }).toEqual({
        subject: line('subject'),
        issuer: line('issuer'),
      });
      expect(parsed.serial).toBe(line('serial').toLowerCase());
      expect(parsed.fingerprint).toBe(line('sha256 fingerprint').replaceAll(':', '').toLowerCase());
    });
  }

  it('have names, usage and validity as Node reads them', async () => {
    const { der } = await openssl(
      '/CN=x',
      '-addext',
      'subjectAltName=URI:spiffe://mesh.test/svc/a,DNS:a.test,IP:10.0.0.1,email:a@b.test',
      '-addext',
      'keyUsage=critical,digitalSignature,keyCertSign,cRLSign',
      '-addext',
      'extendedKeyUsage=clientAuth',
    );
    const parsed = await parseCertificate(der);
    const node = new X509Certificate(der);
    expect(parsed).toMatchObject({
      uris: ['spiffe://mesh.test/svc/a'],
      dnsNames: ['a.test'],
      isCa: node.ca,
      keyUsage: 0b1100001,
    });
    expect(parsed.extendedKeyUsage).toEqual(node.keyUsage);
    expect(parsed.notBeforeMs).toBe(Date.parse(node.validFrom));
    expect(parsed.notAfterMs).toBe(Date.parse(node.validTo));
  });
});

/** The bytes with some of them, in hex digits, replaced; a row that replaces nothing shows nothing. */
function changed(der: Uint8Array, from: string | RegExp, to: string): Uint8Array {
  const before = Buffer.from(der).toString('hex');
  const after = before.replace(from, to);
  if (after === before) throw new TypeError('nothing is replaced');
  return new Uint8Array(Buffer.from(after, 'hex'));
}

/** The outermost sequence with more at its end. */
function lengthened(der: Uint8Array, more: readonly number[]): Uint8Array {
  const length = der.length - 4 + more.length;
  return new Uint8Array([0x30, 0x82, length >> 8, length & 0xff, ...der.subarray(4), ...more]);
}

describe('what is no strict certificate is refused', () => {
  const rows: [name: string, spoil: (der: Uint8Array) => Uint8Array][] = [
    ['nothing', () => new Uint8Array()],
    ['a byte behind it', (der) => new Uint8Array([...der, 0])],
    ['a byte less', (der) => der.subarray(0, -1)],
    ['an indefinite length', (der) => new Uint8Array([0x30, 0x80, ...der.subarray(4), 0, 0])],
    ['a length longer than it must be', (der) => new Uint8Array([0x30, 0x83, 0, ...der.subarray(2)])],
    ['a text', () => new TextEncoder().encode('-----BEGIN CERTIFICATE-----')],
    ['a month that is none', (der) => changed(der, '170d323631313330', '170d323631333330')],
    ['the thirtieth of February', (der) => changed(der, '170d323631313330', '170d323630323330')],
    ['a time in letters', (der) => changed(der, '170d323631313330', '170d7a7a7a7a7a7a')],
    ['a time of another zone', (der) => changed(der, '3030305a170d', '3030302b170d')],
    ['a version that has no extensions', (der) => changed(der, 'a003020102', 'a003020100')],
    ['a bit string with bits that it does not have', (der) => changed(der, '03020204', '03020304')],
    ['a true that is written as 1', (der) => changed(der, '0101ff', '010101')],
    ['an object identifier longer than it must be', (der) => changed(der, '0603551d13', '0603801d13')],
    ['a signature that is not of octets', (der) => changed(der, /(03..)00(30..02(?!.*03..0030..02).*)$/, '$101$2')],
    ['a signature in a set', (der) => changed(der, /(03..00)30(..02(?!.*03..0030..02).*)$/, '$131$2')],
    ['something behind the signature', (der) => lengthened(der, [5, 0])],
  ];
  for (const [name, spoil] of rows) {
    it(name, async () => {
      const { certificate } = await make({});
      await expect(parseCertificate(spoil(certificate.der))).rejects.toThrow();
    });
  }

  it('a subject without any name, unless the alternative one is critical (RFC 5280 section 4.1.2.6)', async () => {
    const root = await make({});
    await expect(makeLeafOf(root, { name: '' })).rejects.toThrow('without any name');
    const id: ConstructorParameters<typeof SubjectAlternativeNameExtension>[0] = [
      { type: 'url', value: 'spiffe://a/b' },
    ];
    const named = new SubjectAlternativeNameExtension(id, true);
    const { certificate } = await makeLeafOf(root, { name: '', names: undefined, more: [named] });
    expect(certificate.subject).toBe('');
  });

  it('an extension that stands twice', async () => {
    const twice = () => new Extension('1.2.3.4', false, new Uint8Array([5, 0]));
    await expect(make({ more: [twice(), twice()] })).rejects.toThrow('stands twice');
  });

  it('names with characters that read as another name elsewhere', async () => {
    const root = await make({});
    const value = 'spiffe://mesh.test/svc/a\0b';
    await expect(makeLeafOf(root, { names: [{ type: 'url', value }] })).rejects.toThrow('ASCII');
  });

  it('any changed byte is refused or changes the fingerprint, and never ends in anything but an answer', async () => {
    const { certificate } = await makeLeafOf(await make({}));
    const { der, fingerprint } = certificate;
    await fc.assert(
      fc.asyncProperty(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const spoiled = new Uint8Array(der);
        spoiled[at] = (spoiled[at] as number) ^ change;
        const parsed = await parseCertificate(spoiled).catch((error: unknown) => error);
        expect(parsed instanceof Error || (parsed as { fingerprint: string }).fingerprint !== fingerprint).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('any bytes are refused in short time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        await expect(parseCertificate(bytes)).rejects.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
