/** How a command line proves for whom it asks: by a join token, a certificate and its key, a token, or as operator. */
import { createHash, createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JoinToken } from '../../identity/operators/operator.ts';
import { type HolderClaims, type HolderKeyKind, holderAlgorithm } from '../../identity/proofs/holder-proof.ts';
import { type Proof, proofAudience } from '../../identity/proofs/proof.ts';
import { looksLikeSpiffe, parseSpiffeId } from '../../identity/spiffe-id.ts';
import { claimedIssuer } from '../../identity/tokens/jwt.ts';
import { usageFailure } from '../failure.ts';
import type { IdentityClient } from './find-identity.ts';
import { certificatesOf } from './pem.ts';

export const proofArgs = {
  service: { type: 'string', description: 'The service that it is for', valueHint: 'name' },
  spiffe: { type: 'string', description: 'The SPIFFE id that it is for, instead of --service', valueHint: 'id' },
  'join-token': { type: 'string', description: 'Proof: a join token (or SELVEDGE_JOIN_TOKEN)', valueHint: 'token' },
  cert: { type: 'string', description: 'Proof: a certificate that is still valid, with --key', valueHint: 'file' },
  key: { type: 'string', description: 'The key of --cert', valueHint: 'file' },
  jwt: { type: 'string', description: "Proof: a file with a JWT-SVID or a platform's token", valueHint: 'file' },
} as const;

export interface ProofArgs {
  readonly service?: string;
  readonly spiffe?: string;
  readonly 'join-token'?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly jwt?: string;
}

/** `--service` or `--spiffe`, as operators' requests name somebody. */
export function whomOf(args: Pick<ProofArgs, 'service' | 'spiffe'>): { service: string } | { spiffeId: string } {
  if (args.service !== undefined && args.spiffe === undefined) return { service: args.service };
  if (args.spiffe !== undefined && args.service === undefined) return { spiffeId: args.spiffe };
  throw usageFailure('say for whom, by either --service or --spiffe');
}

/** The proof that the arguments ask for, over what is asked: the DER of a CSR, or an audience. */
export async function proofOf(args: ProofArgs, asked: Uint8Array | string, identity: IdentityClient): Promise<Proof> {
  const joinToken = args['join-token'] || process.env.SELVEDGE_JOIN_TOKEN || undefined;
  const kinds = [args['join-token'], args.cert, args.jwt].filter((given) => given !== undefined);
  if (kinds.length > 1) throw usageFailure('give one proof only: --join-token, --cert with --key, or --jwt');
  if (args.cert !== undefined) return certificateProof(args.cert, args.key, asked);
  if (args.jwt !== undefined) {
    const token = (await readText(args.jwt)).trim();
    return { kind: looksLikeSpiffe(claimedIssuer(token) ?? '') ? 'jwt-svid' : 'platform-jwt', token };
  }
  if (joinToken !== undefined) return { kind: 'join-token', token: joinToken };
  if (!identity.isOperator) {
    throw usageFailure(
      "say who you are: --join-token, --cert with --key, or --jwt; an operator's --token does as well",
    );
  }
  const { token } = await identity.send<JoinToken>('POST', '/v1/tokens', whomOf(args));
  return { kind: 'join-token', token };
}

async function certificateProof(cert: string, key: string | undefined, asked: Uint8Array | string): Promise<Proof> {
  if (key === undefined) throw usageFailure('a certificate proves nothing without its key: give --key');
  const chain = certificatesOf(await readText(cert));
  const [leaf] = chain;
  if (leaf === undefined) throw usageFailure(`${cert} holds no certificate in PEM`);
  const { subjectAltName = '' } = new X509Certificate(Buffer.from(leaf, 'base64'));
  const trustDomain = parseSpiffeId(/URI:([^,\s]+)/.exec(subjectAltName)?.[1] ?? '')?.trustDomain;
  if (trustDomain === undefined) throw usageFailure(`${cert} names no SPIFFE id`);
  const privateKey = readKey(await readText(key), key);
  const claims: HolderClaims = {
    aud: proofAudience(trustDomain),
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    digest: createHash('sha256').update(asked).digest('base64url'),
  };
  return { kind: 'x509-svid', chain, jws: signClaims(claims, privateKey) };
}

function signClaims(claims: HolderClaims, key: KeyObject): string {
  const kind = keyKindOf(key);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: holderAlgorithm(kind) })}.${part(claims)}`;
  const hash = kind === 'Ed25519' ? null : kind === 'P-384' ? 'sha384' : 'sha256';
  const signature = sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function keyKindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): HolderKeyKind {
  if (asymmetricKeyType === 'ed25519') return 'Ed25519';
  if (asymmetricKeyType === 'rsa') return 'RSA';
  if (asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'P-256';
  if (asymmetricKeyDetails?.namedCurve === 'secp384r1') return 'P-384';
  throw usageFailure('the key of --key is of a kind that no certificate of the mesh has');
}

function readKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw usageFailure(`${path} holds no private key in PEM`);
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw usageFailure(`${path} cannot be read: ${error.message}`);
  });
}
