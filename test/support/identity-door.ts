/** The identity Worker's HTTP door as operators and clients use it; keys and CSRs are made by openssl. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { IssuedCertificate, JoinToken } from '../../src/identity/operators/operator.ts';
import { pem } from '../identity/ca/certificates.ts';
import type { Credentials } from './certificate-files.ts';

export interface IdentityDoor {
  /** Rejects with what the Worker says where it refuses. */
  post<Answer>(path: string, body: object): Promise<Answer>;
  /** A key pair and the chain that the Worker issues for it, by a join token for a service. */
  enroll(service: string): Promise<Credentials & { readonly issued: IssuedCertificate }>;
}

/** `ask` gives a request to the Worker; `token` is the operator's. */
export function identityDoor(
  ask: (url: string, init: RequestInit) => Promise<Response>,
  trustDomain: string,
  token: string,
): IdentityDoor {
  const post = async <Answer>(path: string, body: object): Promise<Answer> => {
    const answer = await ask(`http://identity${path}?trust-domain=${trustDomain}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  return {
    post,
    enroll: async (service) => {
      const { token: joinToken } = await post<JoinToken>('/v1/tokens', { service });
      const { key, csr } = await makeRequest();
      const proof = { kind: 'join-token', token: joinToken };
      const issued = await post<IssuedCertificate>('/v1/svid/x509', { csr, proof });
      const cert = issued.chain.map((der) => pem(Buffer.from(der, 'base64'))).join('');
      return { cert, key, issued };
    },
  };
}

async function makeRequest(): Promise<{ readonly key: string; readonly csr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'request-'));
  try {
    const [key, csr] = [join(folder, 'key.pem'), join(folder, 'csr.pem')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=ignored'];
    await promisify(execFile)('openssl', ['req', '-new', ...kind, '-keyout', key, '-out', csr]);
    return { key: await readFile(key, 'utf8'), csr: await readFile(csr, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
