/** Certificates and keys of tests as PEM, in memory and as the files that command lines want. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { make, type Party, pem, serverAuth, type Wish } from '../identity/ca/certificates.ts';

/** What a TLS client or server shows: its certificate with those above it, and the private key. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

const hour = 3_600_000;

/** Valid now: the clocks of TLS libraries are real. */
export function valid(): Pick<Wish, 'notBefore' | 'notAfter'> {
  return { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
}

export async function credentialsOf(party: Party, ...above: readonly Party[]): Promise<Credentials> {
  const cert = [party, ...above].map(({ certificate }) => pem(certificate.der)).join('');
  return { cert, key: await privateKeyPem(party.keys.privateKey) };
}

export async function privateKeyPem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

/** Credentials of a TLS server for these hosts. */
export async function serverOf(issuer: Party, ...hosts: readonly string[]): Promise<Credentials> {
  const names = hosts.map((value) => ({ type: 'dns' as const, value }));
  const wish = { name: 'CN=server', issuer, ca: false, usage: 1, extendedUsage: [serverAuth], names, ...valid() };
  return credentialsOf(await make(wish), issuer);
}

export interface CredentialFiles {
  /** Paths of the certificates and of the key. */
  write(credentials: Credentials): Promise<{ readonly cert: string; readonly key: string }>;
  remove(): Promise<void>;
}

export async function credentialFiles(): Promise<CredentialFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  let written = 0;
  return {
    write: async ({ cert, key }) => {
      written += 1;
      const paths = { cert: join(folder, `${written}.crt`), key: join(folder, `${written}.key`) };
      await writeFile(paths.cert, cert);
      await writeFile(paths.key, key, { mode: 0o600 });
      return paths;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
