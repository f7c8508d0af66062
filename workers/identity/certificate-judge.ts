import type { CertificateAnswer, CertificateVerdict, Refused } from '../../src/identity/authority.ts';
import { backdateMs } from '../../src/identity/ca/issue-certificate.ts';
import {
  certificateFacts,
  type ParsedCertificate,
  parseCertificate,
} from '../../src/identity/ca/parsed-certificate.ts';
import { verifyChain } from '../../src/identity/ca/verify-chain.ts';
import { refused } from '../../src/identity/requests.ts';
import { parseSpiffeId } from '../../src/identity/spiffe-id.ts';
import type { AuthorityKeys } from './authority-keys.ts';
import type { Federations } from './federations.ts';
import type { Revocations } from './revocations.ts';

/** Judges certificates by the bundles that this object holds. */
export class CertificateJudge {
  readonly #trustDomain: string;
  readonly #keys: AuthorityKeys;
  readonly #federations: Federations;
  readonly #revocations: Revocations;

  constructor(trustDomain: string, keys: AuthorityKeys, federations: Federations, revocations: Revocations) {
    this.#trustDomain = trustDomain;
    this.#keys = keys;
    this.#federations = federations;
    this.#revocations = revocations;
  }

  /** The answer to an edge, good until `maxAgeMs` from now at most. */
  async answer(chain: readonly Uint8Array[], nowMs: number, maxAgeMs: number): Promise<CertificateAnswer | Refused> {
    const [first, ...others] = chain;
    const leaf = first && (await parseCertificate(first).catch(() => undefined));
    if (leaf === undefined) return refused('bad_certificate', 'The first certificate of chain cannot be read.');
    const verdict = await this.judge(leaf, others, nowMs);
    const endMs = verdict.kind === 'trusted' ? verdict.validUntilMs : Infinity;
    return { certificate: certificateFacts(leaf), verdict, recheckAtMs: Math.min(nowMs + maxAgeMs, endMs) };
  }

  /** Whether a bundle vouches for the leaf, and nothing of the path is revoked. */
  async judge(leaf: ParsedCertificate, others: readonly Uint8Array[], nowMs: number): Promise<CertificateVerdict> {
    const intermediates: ParsedCertificate[] = [];
    for (const der of others) {
      const parsed = await parseCertificate(der).catch(() => undefined);
      if (parsed === undefined) {
        return { kind: 'untrusted', reason: 'malformed', detail: 'a certificate behind the first cannot be read' };
      }
      intermediates.push(parsed);
    }
    const trustDomain = parseSpiffeId(leaf.uris[0] ?? '')?.trustDomain;
    const isOwn = trustDomain === this.#trustDomain;
    return verifyChain(leaf, intermediates, {
      nowMs,
      anchorsOf: (name) =>
        name === this.#trustDomain ? this.#keys.anchors() : this.#federations.bundleOf(name)?.roots,
      revocationOf: (certificate, isLeaf) =>
        this.#revocations.hitting({
          fingerprints: certificate.fingerprints,
          serial: isOwn ? certificate.serial : undefined,
          spiffeId: isLeaf ? certificate.uris[0] : undefined,
          issuedAtMs: certificate.notBeforeMs + (isOwn ? backdateMs : 0),
        })?.reason,
    });
  }
}
