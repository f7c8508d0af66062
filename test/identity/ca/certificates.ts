/** Makers of certificates, good and bad, for the tests of this folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ParsedCertificate, parseCertificate } from '../../../src/identity/ca/parsed-certificate.ts';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '../../../src/identity/ca/x509.ts';

export const now = Date.parse('2026-11-30T12:00:00Z');
export const hour = 3_600_000;

type Names = ConstructorParameters<typeof SubjectAlternativeNameExtension>[0];

export interface Party {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly certificate: ParsedCertificate;
}

export interface Wish {
  readonly name?: string;
  readonly issuer?: Party;
  /** Signed by this key instead of the issuer's. */
  readonly signedBy?: CryptoKeyPair;
  readonly keyAlgorithm?: object;
  readonly hash?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly ca?: boolean | 'absent';
  readonly pathLength?: number;
  readonly usage?: number | 'absent';
  readonly extendedUsage?: readonly string[];
  readonly names?: Names;
  readonly more?: readonly Extension[];
}

export const p256 = { name: 'ECDSA', namedCurve: 'P-256' };

/** An authority unless the wish says otherwise; its own root where no issuer is named. */
export async function make(wish: Wish): Promise<Party> {
  const { name = 'CN=root', issuer, ca = true, pathLength, extendedUsage, names, more = [] } = wish;
  const keyAlgorithm = wish.keyAlgorithm ?? p256;
  const keys = (await crypto.subtle.generateKey(keyAlgorithm as never, true, ['sign', 'verify'])) as CryptoKeyPair;
  const signer = wish.signedBy ?? issuer?.keys ?? keys;
  const usage = wish.usage ?? KeyUsageFlags.keyCertSign;
  const made = await X509CertificateGenerator.create({
    subject: name,
    issuer: issuer?.name ?? name,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    notBefore: new Date(wish.notBefore ?? now - hour),
    notAfter: new Date(wish.notAfter ?? now + hour),
    signingAlgorithm: { ...signer.privateKey.algorithm, hash: wish.hash ?? 'SHA-256' } as never,
    extensions: [
      ...(ca === 'absent' ? [] : [new BasicConstraintsExtension(ca, pathLength, true)]),
      ...(usage === 'absent' ? [] : [new KeyUsagesExtension(usage, true)]),
      ...(extendedUsage === undefined ? [] : [new ExtendedKeyUsageExtension([...extendedUsage])]),
      ...(names === undefined ? [] : [new SubjectAlternativeNameExtension(names)]),
      ...more,
    ],
  });
  return { name, keys, certificate: await parseCertificate(new Uint8Array(made.rawData)) };
}

export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const serverAuth = '1.3.6.1.5.5.7.3.1';

/** A good X509-SVID but for what the wish says. */
export function makeLeafOf(issuer: Party, wish: Wish = {}): Promise<Party> {
  return make({
    name: 'O=mesh.test',
    issuer,
    ca: false,
    usage: KeyUsageFlags.digitalSignature,
    extendedUsage: [serverAuth, clientAuth],
    names: [{ type: 'url', value: 'spiffe://mesh.test/svc/orders' }],
    ...wish,
  });
}

export function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** What `openssl verify` says of a chain, as a judge that shares no code with ours. Its clock is `at`. */
export async function opensslVerify(
  chain: { leaf: Uint8Array; untrusted: readonly Uint8Array[]; roots: readonly Uint8Array[] },
  at: number,
  strict: boolean,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-'));
  try {
    const file = async (name: string, ders: readonly Uint8Array[]) => {
      await writeFile(join(folder, name), ders.map(pem).join(''));
      return join(folder, name);
    };
    const [leaf, roots] = [await file('leaf.pem', [chain.leaf]), await file('roots.pem', chain.roots)];
    const untrusted = await file('untrusted.pem', chain.untrusted);
    const given = [
      '-purpose',
      'sslclient',
      ...(strict ? ['-x509_strict'] : []),
      '-attime',
      String(Math.floor(at / 1000)),
    ];
    const files = ['-no-CApath', '-CAfile', roots, ...(chain.untrusted.length > 0 ? ['-untrusted', untrusted] : [])];
    const { stdout } = await promisify(execFile)('openssl', ['verify', ...given, ...files, leaf]);
    return stdout.trim().endsWith(': OK') ? 'OK' : stdout;
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
