import { toBase64Url } from '../../src/core/encoding/base64url.ts';
import { chainOf } from '../../src/identity/ca/certificate-question.ts';
import { hexOf } from '../../src/identity/ca/der.ts';
import { backdateMs } from '../../src/identity/ca/issue-certificate.ts';
import { parseCertificate } from '../../src/identity/ca/parsed-certificate.ts';
import type { Allowance } from '../../src/identity/proofs/allowance.ts';
import { type ClaimRule, ruleFits } from '../../src/identity/proofs/claim-rule.ts';
import { verifyHolder } from '../../src/identity/proofs/holder-proof.ts';
import { joinTokenHash, joinTokenId } from '../../src/identity/proofs/join-token.ts';
import { type Proof, proofAudience } from '../../src/identity/proofs/proof.ts';
import { sha256 } from '../../src/identity/same-secret.ts';
import { parseSpiffeId, spiffeIssuer } from '../../src/identity/spiffe-id.ts';
import { discoveredKeySource } from '../../src/identity/tokens/discovery.ts';
import { type Fetch, issuerKeySource } from '../../src/identity/tokens/fetch-jwks.ts';
import { keysThatFit, type PublicJwk } from '../../src/identity/tokens/jwks.ts';
import {
  closeClocksMs,
  quote,
  readToken,
  type UnverifiedToken,
  type VerifiedToken,
  verifyToken,
} from '../../src/identity/tokens/jwt.ts';
import { findKeys, type KeyCache } from '../../src/identity/tokens/key-cache.ts';
import { checkSvidHeader } from '../../src/identity/tokens/svid.ts';
import type { Attestation } from './attestation.ts';
import type { CertificateJudge } from './certificate-judge.ts';
import type { Revocations } from './revocations.ts';

/** What a proof has come to. `actor` and `detail` are for the audit log; the caller learns only that a proof does not hold. */
export type Attested =
  | { readonly kind: 'allowed'; readonly actor: string; readonly allowance: Allowance }
  | { readonly kind: 'refused'; readonly actor: string; readonly detail: string };

/** What a proof is to be held against. */
export interface AskedFor {
  /** SHA-256 in base64url of what is asked for. */
  readonly digest: string;
  readonly spiffeId: string | undefined;
  readonly nowMs: number;
}

export interface AttestorParts {
  readonly trustDomain: string;
  readonly attestation: Attestation;
  readonly judge: CertificateJudge;
  readonly revocations: Revocations;
  /** The public keys of the own trust domain's tokens. */
  readonly ownKeys: () => readonly PublicJwk[];
  readonly fetch: Fetch;
  readonly allowLoopback: boolean;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Looks at proofs, and uses up those that serve once. */
export class Attestor {
  readonly #parts: AttestorParts;
  readonly #keyCache: KeyCache = new Map();

  constructor(parts: AttestorParts) {
    this.#parts = parts;
  }

  async attest(proof: Proof, asked: AskedFor): Promise<Attested> {
    switch (proof.kind) {
      case 'join-token':
        return this.#joinToken(proof.token, asked);
      case 'x509-svid':
        return this.#certificate(proof.chain, proof.jws, asked);
      case 'jwt-svid':
        return this.#ownToken(proof.token, asked);
      case 'platform-jwt':
        return this.#platformToken(proof.token, asked);
    }
  }

  async #joinToken(token: string, { spiffeId, nowMs }: AskedFor): Promise<Attested> {
    const hash = await joinTokenHash(token);
    if (hash === undefined) return refusal('join token', 'it has not the form of a join token');
    const redeemed = this.#parts.attestation.redeem(hash, nowMs);
    const actor = `join token ${joinTokenId(hash)}`;
    if (redeemed.kind === 'refused') return refusal(redeemed.id === undefined ? 'join token' : actor, redeemed.detail);
    return allowed(actor, redeemed.allowance, spiffeId);
  }

  async #certificate(chain: readonly string[], jws: string, asked: AskedFor): Promise<Attested> {
    const { attestation, judge, trustDomain } = this.#parts;
    const ders = chainOf({ chain });
    if ('error' in ders) return refusal('X509-SVID', ders.error.message);
    const [first, ...others] = ders;
    const leaf = first && (await parseCertificate(first).catch(() => undefined));
    if (leaf === undefined || leaf.keyKind === undefined) return refusal('X509-SVID', 'the certificate cannot be read');
    const actor = `${leaf.uris[0] ?? leaf.subject} (X509-SVID ${leaf.serial})`;
    const verdict = await judge.judge(leaf, others, asked.nowMs);
    if (verdict.kind === 'untrusted') return refusal(actor, `${verdict.reason}: ${verdict.detail}`);
    if (parseSpiffeId(verdict.principal)?.trustDomain !== trustDomain)
      return refusal(actor, 'it is of another trust domain');
    const held = await verifyHolder(jws, {
      kind: leaf.keyKind,
      spki: leaf.x509.publicKey.rawData,
      audience: proofAudience(trustDomain),
      digest: asked.digest,
      nowMs: asked.nowMs,
    });
    if (held.kind === 'invalid') return refusal(actor, held.detail);
    // By the key, because a certificate can be shown in other bytes.
    const seen = toBase64Url(await sha256(`holder ${hexOf(new Uint8Array(leaf.x509.publicKey.rawData))} ${held.jti}`));
    if (!attestation.isFirstUse(seen, held.endsAtMs, asked.nowMs)) return refusal(actor, 'the proof has been used');
    // A short life was somebody's decision, which renewing does not change.
    const mostTtlMs = leaf.notAfterMs - leaf.notBeforeMs - backdateMs;
    return allowed(actor, { spiffeId: verdict.principal, dnsNames: leaf.dnsNames, mostTtlMs }, asked.spiffeId);
  }

  async #ownToken(token: string, { spiffeId, nowMs }: AskedFor): Promise<Attested> {
    const { revocations, trustDomain, ownKeys } = this.#parts;
    const read = readToken(token);
    if (read.kind === 'invalid') return refusal('JWT-SVID', read.detail);
    const header = checkSvidHeader(read);
    if (header !== undefined) return refusal('JWT-SVID', header.detail);
    const verified = await verifyToken(read, keysThatFit(ownKeys(), read.alg, read.kid), {
      issuer: spiffeIssuer(trustDomain),
      audiences: [proofAudience(trustDomain)],
      nowMs,
      clockSkewMs: closeClocksMs,
    });
    if (verified.kind === 'invalid') return refusal('JWT-SVID', verified.detail);
    const { subject = '' } = verified;
    const id = parseSpiffeId(subject);
    const actor = `${subject} (JWT-SVID)`;
    if (id === undefined || id.path === '' || id.trustDomain !== trustDomain)
      return refusal(actor, 'its subject is no SPIFFE id of the trust domain');
    const issuedAtMs = Number(verified.claims.iat ?? 0) * 1000;
    const revoked = revocations.hitting({ fingerprints: [], serial: undefined, spiffeId: subject, issuedAtMs });
    if (revoked !== undefined) return refusal(actor, `revoked: ${revoked.reason}`);
    if (!(await this.#isFirstUse(read, verified, nowMs))) return refusal(actor, 'the token has been used');
    return allowed(actor, { spiffeId: subject, dnsNames: [], mostTtlMs: undefined }, spiffeId);
  }

  async #platformToken(token: string, { spiffeId, nowMs }: AskedFor): Promise<Attested> {
    const read = readToken(token);
    if (read.kind === 'invalid') return refusal('platform token', read.detail);
    const actor = `token of ${quote(read.issuer)}`;
    let last = refusal(actor, 'no claim rule is about this issuer');
    for (const rule of this.#parts.attestation.rules()) {
      if (rule.issuer !== read.issuer || (spiffeId !== undefined && rule.spiffeId !== spiffeId)) continue;
      const verified = await this.#verifyBy(rule, read, nowMs);
      if (typeof verified === 'string') {
        last = refusal(actor, `rule ${rule.id}: ${verified}`);
        continue;
      }
      const who = `${quote(verified.subject)} of ${rule.issuer} (rule ${rule.id})`;
      if (!(await this.#isFirstUse(read, verified, nowMs))) return refusal(who, 'the token has been used');
      return allowed(who, rule, spiffeId);
    }
    return last;
  }

  /** The verified token where the rule fits, else why not. */
  async #verifyBy(rule: ClaimRule, read: UnverifiedToken, nowMs: number): Promise<VerifiedToken | string> {
    const { fetch, allowLoopback, waitUntil } = this.#parts;
    const source =
      rule.jwksUri === undefined
        ? discoveredKeySource(rule.issuer, fetch, allowLoopback)
        : issuerKeySource(rule.jwksUri, fetch, allowLoopback);
    const select = (keys: readonly PublicJwk[]) => keysThatFit(keys, read.alg, read.kid);
    const invocation = { now: Date.now, lifetime: { waitUntil } };
    const found = await findKeys(this.#keyCache, source, select, invocation);
    if (found.kind === 'unavailable') return `the keys of the issuer are not available: ${found.detail}`;
    if (found.kind === 'unknown-key') return `the issuer has no ${read.alg} key ${quote(read.kid)}`;
    const verified = await verifyToken(read, found.keys, {
      issuer: rule.issuer,
      audiences: [rule.audience],
      nowMs,
      clockSkewMs: closeClocksMs,
    });
    if (verified.kind === 'invalid') return verified.detail;
    return ruleFits(rule, verified.claims) ? verified : 'the claims do not fit';
  }

  /** Only what is signed counts: signatures themselves can be written in more than one way. */
  async #isFirstUse(read: UnverifiedToken, verified: VerifiedToken, nowMs: number): Promise<boolean> {
    const seen = toBase64Url(await sha256(`token ${read.jws.signed}`));
    return this.#parts.attestation.isFirstUse(seen, verified.endsAtMs, nowMs);
  }
}

function allowed(actor: string, { spiffeId, dnsNames, mostTtlMs }: Allowance, wanted: string | undefined): Attested {
  if (wanted !== undefined && wanted !== spiffeId)
    return refusal(actor, `it is for ${spiffeId}, not for ${quote(wanted)}`);
  return { kind: 'allowed', actor, allowance: { spiffeId, dnsNames, mostTtlMs } };
}

function refusal(actor: string, detail: string): Attested {
  return { kind: 'refused', actor, detail };
}
