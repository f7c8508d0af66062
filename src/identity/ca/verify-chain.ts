/**
 * Whether a bundle vouches for a certificate: an X509-SVID (SPIFFE X509-SVID sections 2 to 5) whose path leads to a root of the
 * bundle of its own trust domain (RFC 5280 section 6.1). What comes with the certificate serves as intermediates only; a root
 * in it proves nothing.
 */
import type { CertificateVerdict, UntrustedReason } from '../authority.ts';
import { parseSpiffeId, type SpiffeId } from '../spiffe-id.ts';
import { namesIssuer } from './key-identifiers.ts';
import { forbiddenName } from './name-constraints.ts';
import { keyUsageBit, type ParsedCertificate } from './parsed-certificate.ts';

/** How far the clocks of issuer and verifier may lie apart, for both ends of the validity. */
export const certificateSkewMs = 60_000;
/** Signatures that are verified for one chain at most: eight certificates with equal names could make many more paths. */
const mostVerifications = 32;

const clientAuth = '1.3.6.1.5.5.7.3.2';

export interface TrustMaterial {
  /** The roots of a trust domain; `undefined` where there is no bundle of it. */
  readonly anchorsOf: (trustDomain: string) => readonly ParsedCertificate[] | undefined;
  /** Why a certificate of the path is revoked. `isLeaf` is true for the certificate that was shown. */
  readonly revocationOf: (certificate: ParsedCertificate, isLeaf: boolean) => string | undefined;
  readonly nowMs: number;
}

type Untrusted = CertificateVerdict & { readonly kind: 'untrusted' };

/** Judges a leaf with the intermediates that came with it. */
export async function verifyChain(
  leaf: ParsedCertificate,
  intermediates: readonly ParsedCertificate[],
  material: TrustMaterial,
): Promise<CertificateVerdict> {
  const id = leafId(leaf);
  if (id === undefined) {
    return untrusted('no_spiffe_id', 'the certificate has not exactly one URI that is a SPIFFE id with a path');
  }
  const usage = leafUsageProblem(leaf);
  if (usage !== undefined) return untrusted('bad_usage', usage);
  const anchors = material.anchorsOf(id.trustDomain);
  if (anchors === undefined) return untrusted('unknown_authority', `there is no bundle of ${id.trustDomain}`);
  const search: Search = { anchors, intermediates, left: mostVerifications, problem: undefined, badSignature: false };
  const path = await findPath([leaf], search, material);
  if (path !== undefined) {
    if (!(await hasKey(leaf))) return untrusted('bad_algorithm', 'the key of the certificate is none');
    const validUntilMs = Math.min(...path.map((certificate) => certificate.notAfterMs)) + certificateSkewMs;
    return { kind: 'trusted', principal: `spiffe://${id.trustDomain}${id.path}`, validUntilMs };
  }
  if (search.problem !== undefined) return search.problem;
  return search.badSignature
    ? untrusted('bad_signature', 'a signature of the chain does not verify')
    : untrusted('unknown_authority', `the chain leads to no root of ${id.trustDomain}`);
}

interface Search {
  readonly anchors: readonly ParsedCertificate[];
  readonly intermediates: readonly ParsedCertificate[];
  left: number;
  /** What was wrong with the first path that led to a root. */
  problem: Untrusted | undefined;
  badSignature: boolean;
}

/** Depth first from the leaf, roots before intermediates. */
async function findPath(
  path: readonly ParsedCertificate[],
  search: Search,
  material: TrustMaterial,
): Promise<readonly ParsedCertificate[] | undefined> {
  const last = path[path.length - 1] as ParsedCertificate;
  for (const anchor of search.anchors) {
    if (!(await hasSigned(anchor, last, search))) continue;
    const whole = [...path, anchor];
    const problem = pathProblem(whole, material);
    if (problem === undefined) return whole;
    search.problem ??= problem;
  }
  for (const candidate of search.intermediates) {
    if (path.some((held) => held.fingerprint === candidate.fingerprint)) continue;
    if (search.anchors.some((anchor) => anchor.fingerprint === candidate.fingerprint)) continue;
    if (!(await hasSigned(candidate, last, search))) continue;
    const found = await findPath([...path, candidate], search, material);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function hasSigned(issuer: ParsedCertificate, subject: ParsedCertificate, search: Search): Promise<boolean> {
  if (issuer.subjectBytes !== subject.issuerBytes || !namesIssuer(subject.keyIdentifiers, issuer)) return false;
  if (issuer.keyKind === undefined || !subject.hasAllowedSignature) {
    search.problem ??= untrusted('bad_algorithm', `${subject.subject} is signed by an algorithm that is not allowed`);
    return false;
  }
  if (search.left === 0) return false;
  search.left -= 1;
  const holds = await subject.x509.verify({ publicKey: issuer.x509.publicKey, signatureOnly: true }).catch(() => false);
  if (!holds) search.badSignature = true;
  return holds;
}

/** Whether the key can be used: one that is no point of its curve is somebody's mistake, or game. */
function hasKey({ x509 }: ParsedCertificate): Promise<boolean> {
  return x509.publicKey.export().then(
    () => true,
    () => false,
  );
}

/** What is wrong with a path whose signatures hold, from the leaf to a root. */
function pathProblem(path: readonly ParsedCertificate[], material: TrustMaterial): Untrusted | undefined {
  for (const [depth, certificate] of path.entries()) {
    const name = certificate.subject || certificate.serial;
    if (certificate.keyKind === undefined) return untrusted('bad_algorithm', `the key of ${name} is not allowed`);
    if (certificate.unknownCritical !== undefined) {
      return untrusted('unknown_extension', `${name} has the critical extension ${certificate.unknownCritical}`);
    }
    if (depth > 0) {
      const usage = authorityUsageProblem(path, depth);
      if (usage !== undefined) return untrusted('bad_usage', `${name} ${usage}`);
      const constrained = constraintProblem(path, depth);
      if (constrained !== undefined) return untrusted('bad_name', `${name} ${constrained}`);
    }
    if (material.nowMs >= certificate.notAfterMs + certificateSkewMs)
      return untrusted('expired', `${name} has expired`);
    if (material.nowMs < certificate.notBeforeMs - certificateSkewMs) {
      return untrusted('not_yet_valid', `${name} is not valid yet`);
    }
    const revoked = material.revocationOf(certificate, depth === 0);
    if (revoked !== undefined) return untrusted('revoked', `${name} is revoked: ${revoked}`);
  }
  return undefined;
}

function leafId(leaf: ParsedCertificate): SpiffeId | undefined {
  const [uri, ...others] = leaf.uris;
  if (uri === undefined || others.length > 0) return undefined;
  const id = parseSpiffeId(uri);
  return id === undefined || id.path === '' ? undefined : id;
}

/** X509-SVID sections 4.1 to 4.4. */
function leafUsageProblem({ isCa, keyUsage = 0, extendedKeyUsage }: ParsedCertificate): string | undefined {
  if (isCa) return 'the certificate is one of an authority';
  if ((keyUsage & keyUsageBit.digitalSignature) === 0) return 'the certificate is not for digital signatures';
  if ((keyUsage & (keyUsageBit.keyCertSign | keyUsageBit.cRLSign)) !== 0) {
    return 'the certificate is for signing certificates or revocation lists';
  }
  return allowsClients(extendedKeyUsage) ? undefined : 'the certificate is not for TLS clients';
}

function authorityUsageProblem(path: readonly ParsedCertificate[], depth: number): string | undefined {
  const { isCa, keyUsage, pathLength, extendedKeyUsage } = path[depth] as ParsedCertificate;
  if (!isCa) return 'is no authority';
  // A root is trusted for standing in the bundle, and many have no key usage; others have to (RFC 5280 section 4.2.1.3).
  const isRoot = depth === path.length - 1;
  const usage = keyUsage ?? (isRoot ? keyUsageBit.keyCertSign : 0);
  if ((usage & keyUsageBit.keyCertSign) === 0) return 'is not for signing certificates';
  if (!allowsClients(extendedKeyUsage)) return 'is not for signing certificates of TLS clients';
  // Self-issued certificates do not count (RFC 5280 section 4.2.1.9).
  const below = path.slice(1, depth).filter((held) => held.subjectBytes !== held.issuerBytes).length;
  return pathLength !== undefined && below > pathLength ? `allows ${pathLength} authorities below it` : undefined;
}

function constraintProblem(path: readonly ParsedCertificate[], depth: number): string | undefined {
  const constraints = path[depth]?.nameConstraints;
  if (constraints === undefined) return undefined;
  if (constraints.isUnknown) return 'has name constraints that are not understood';
  for (const [below, certificate] of path.slice(0, depth).entries()) {
    if (below > 0 && certificate.subjectBytes === certificate.issuerBytes) continue;
    const name = forbiddenName(constraints, certificate);
    if (name !== undefined) return `does not allow the name ${JSON.stringify(name)}`;
  }
  return undefined;
}

function allowsClients(usages: readonly string[] | undefined): boolean {
  return usages === undefined || usages.includes(clientAuth);
}

function untrusted(reason: UntrustedReason, detail: string): Untrusted {
  return { kind: 'untrusted', reason, detail };
}
