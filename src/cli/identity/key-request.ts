/** A key pair made on this machine, and the request that carries its public half: the private one never leaves. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator } from '../../identity/ca/x509.ts';
import type { IssuedCertificate } from '../../identity/operators/operator.ts';
import { pemBlock } from './pem.ts';

export interface KeyRequest {
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** PKCS #10 as DER. */
  readonly csr: Uint8Array;
}

/** ECDSA on P-256. The subject is empty: identity takes nothing but the key from a request. */
export async function makeKeyRequest(): Promise<KeyRequest> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { privateKey: pemBlock('PRIVATE KEY', pkcs8), csr: new Uint8Array(request.rawData) };
}

export interface WrittenFiles {
  readonly certificate: string;
  readonly key: string;
  readonly bundle: string;
}

/** Writes chain, key and bundle into a folder; the key is readable by its owner only. */
export async function writeCertificate(
  folder: string,
  issued: IssuedCertificate,
  privateKey: string,
): Promise<WrittenFiles> {
  const files = {
    certificate: join(folder, 'svid.pem'),
    key: join(folder, 'svid-key.pem'),
    bundle: join(folder, 'bundle.pem'),
  };
  await mkdir(folder, { recursive: true });
  // A file that is there keeps its mode when it is overwritten, so it goes first.
  await rm(files.key, { force: true });
  await writeFile(files.key, privateKey, { mode: 0o600 });
  const pems = (ders: readonly string[]) =>
    ders.map((der) => pemBlock('CERTIFICATE', Buffer.from(der, 'base64'))).join('');
  await writeFile(files.certificate, pems(issued.chain));
  await writeFile(files.bundle, pems(issued.bundle));
  return files;
}
