import { toBase64 } from '../../src/core/encoding/base64.ts';
import { toBase64Url } from '../../src/core/encoding/base64url.ts';
import { type BucketTable, giveBackTo, takeFrom } from '../../src/core/rate-limits/bucket-table.ts';
import type { BucketLimit } from '../../src/core/rate-limits/token-bucket.ts';
import type { Issued, Refused } from '../../src/identity/authority.ts';
import { makeLeaf } from '../../src/identity/ca/issue-certificate.ts';
import {
  certificateFacts,
  type ParsedCertificate,
  parseCertificate,
} from '../../src/identity/ca/parsed-certificate.ts';
import { readCsr } from '../../src/identity/ca/read-csr.ts';
import { blockOf } from '../../src/identity/ca/revocation.ts';
import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import type { Vault } from '../../src/identity/keys/vault.ts';
import type { IssuedCertificate } from '../../src/identity/operators/operator.ts';
import type { CertificateRequest, TokenRequest } from '../../src/identity/proofs/issue-request.ts';
import { type Proof, proofAudience } from '../../src/identity/proofs/proof.ts';
import { refused } from '../../src/identity/requests.ts';
import { sha256 } from '../../src/identity/same-secret.ts';
import { type SvidContent, signSvid } from '../../src/identity/tokens/svid.ts';
import type { Attested, Attestor } from './attestor.ts';
import type { AuditLog } from './audit-log.ts';
import type { AuthorityKeys } from './authority-keys.ts';
import type { Revocations } from './revocations.ts';
import type { TokenKeys } from './token-keys.ts';

type Action = 'issue-x509' | 'issue-jwt';
type Allowed = Attested & { readonly kind: 'allowed' };

/** Proofs of one caller (an address; of IPv6, one network) that do not hold: ten at once, then one in six seconds. */
const failuresOfCaller: BucketLimit = { burst: 10, perSecond: 1 / 6 };
export const longestWaitSeconds = 1 / failuresOfCaller.perSecond;
/** An issuer of platform tokens may take some seconds to give its keys, and others of its customers come in the meantime. */
const longestPatienceMs = 15_000;
const patienceStepMs = 50;
/** Callers that are told apart at once. */
const mostCallers = 10_000;

export interface IssuerParts {
  readonly sql: SqlStorage;
  readonly trustDomain: string;
  readonly tokenLifeMs: number;
  readonly schedule: CertificateSchedule;
  readonly attestor: Attestor;
  readonly authorities: AuthorityKeys;
  readonly tokens: TokenKeys;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
}

/** Signs certificates and tokens for those who may have them, and writes each down, and each refusal. */
export class Issuer {
  readonly #parts: IssuerParts;
  readonly #failures: BucketTable = new Map();
  /** Requests that are being looked at, by caller. */
  readonly #undecided = new Map<string, number>();

  constructor(parts: IssuerParts) {
    this.#parts = parts;
  }

  /** A token for an edge, whose binding says who it is. */
  async tokenForEdge(content: SvidContent, vault: Vault, nowMs: number): Promise<Issued | Refused> {
    const blocked = this.#blocked(content.subject, 'issue-jwt', 'edge', nowMs);
    return blocked ?? this.#signToken(content, 'edge', vault, nowMs);
  }

  /** `caller` is who is charged for what does not hold. */
  token(request: TokenRequest, caller: string, vault: Vault): Promise<Issued | Refused> {
    return this.#charging(caller, (nowMs) => this.#provenToken(request, caller, vault, nowMs));
  }

  certificate(request: CertificateRequest, caller: string, vault: Vault): Promise<IssuedCertificate | Refused> {
    return this.#charging(caller, (nowMs) => this.#provenCertificate(request, caller, vault, nowMs));
  }

  async #provenToken(request: TokenRequest, caller: string, vault: Vault, nowMs: number): Promise<Issued | Refused> {
    // Before the proof, which may serve only once.
    await this.#parts.tokens.signer(vault);
    const digest = toBase64Url(await sha256(request.audience));
    const found = await this.#attest('issue-jwt', request.proof, { ...request, digest }, caller, nowMs);
    if ('error' in found) return found;
    const { trustDomain, tokenLifeMs } = this.#parts;
    const { spiffeId: subject, mostTtlMs = tokenLifeMs } = found.allowance;
    if (found.allowance.mostTtlMs !== undefined && request.audience === proofAudience(trustDomain)) {
      // It would prove the same identity without the limit.
      return refused('bad_audience', 'A proof whose life is limited serves for no token that is a proof itself.');
    }
    const content = { trustDomain, subject, audience: request.audience };
    return this.#signToken(content, found.actor, vault, nowMs, Math.min(tokenLifeMs, mostTtlMs));
  }

  async #provenCertificate(
    request: CertificateRequest,
    caller: string,
    vault: Vault,
    nowMs: number,
  ): Promise<IssuedCertificate | Refused> {
    const csr = await readCsr(request.csr);
    if ('error' in csr) return csr;
    const { schedule, trustDomain, authorities, audit } = this.#parts;
    // Before the proof, which may serve only once.
    const signer = await authorities.signer(vault);
    const digest = toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', csr.der)));
    const found = await this.#attest('issue-x509', request.proof, { ...request, digest }, caller, nowMs);
    if ('error' in found) return found;
    const { spiffeId, dnsNames, mostTtlMs = schedule.longestLeafMs } = found.allowance;
    const ttlMs = Math.min(request.ttlMs ?? schedule.leafLifeMs, mostTtlMs, schedule.longestLeafMs);
    const expiresAtMs = Math.min(nowMs + ttlMs, signer.expiresAtMs);
    const der = await makeLeaf(
      { spiffeId, trustDomain, dnsNames, publicKey: csr.publicKey, nowMs, expiresAtMs },
      signer,
    );
    const certificate = await parseCertificate(der);
    this.#remember(certificate, spiffeId);
    const event = {
      action: 'issue-x509',
      actor: found.actor,
      spiffeId,
      subject: certificate.serial,
      outcome: 'done',
    } as const;
    audit.write({ ...event, expiresAtMs: certificate.notAfterMs, detail: dnsNames.join(' ') }, nowMs);
    return {
      spiffeId,
      certificate: certificateFacts(certificate),
      chain: [toBase64(der), toBase64(signer.certificate)],
      bundle: authorities.anchors().map((root) => toBase64(root.der)),
    };
  }

  async #signToken(
    content: SvidContent,
    actor: string,
    vault: Vault,
    nowMs: number,
    lifeMs = this.#parts.tokenLifeMs,
  ): Promise<Issued> {
    const signer = await this.#parts.tokens.signer(vault);
    const issued = await signSvid(content, signer, nowMs, lifeMs);
    const { subject: spiffeId, audience } = content;
    const event = { action: 'issue-jwt', actor, spiffeId, subject: signer.kid, outcome: 'done' } as const;
    this.#parts.audit.write({ ...event, expiresAtMs: issued.expiresAtMs, detail: `aud ${audience}` }, nowMs);
    return issued;
  }

  async #attest(
    action: Action,
    proof: Proof,
    asked: { readonly digest: string; readonly spiffeId: string | undefined },
    caller: string,
    nowMs: number,
  ): Promise<Allowed | Refused> {
    const attested = await this.#parts.attestor.attest(proof, { ...asked, nowMs });
    if (attested.kind === 'refused') {
      const { actor, detail } = attested;
      this.#parts.audit.write({ action, actor: `${actor} from ${caller}`, outcome: 'refused', detail }, nowMs);
      return refused('proof_failed', 'The proof does not hold. The audit log says why (`selvedge identity audit`).');
    }
    return this.#blocked(attested.allowance.spiffeId, action, attested.actor, nowMs) ?? attested;
  }

  /** Charges the caller before anything costs, and gives that back for what he may have, and for failures of our own. */
  async #charging<Value extends object>(
    caller: string,
    work: (nowMs: number) => Promise<Value | Refused>,
  ): Promise<Value | Refused> {
    const waitMs = await this.#charge(caller);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      return refused(
        'too_many_failures',
        `Too many requests from this address did not hold; try again in ${seconds} s.`,
      );
    }
    this.#undecided.set(caller, this.#undecidedOf(caller) + 1);
    let isTheirs = false;
    try {
      const result = await work(Date.now());
      isTheirs = 'error' in result;
      return result;
    } finally {
      if (!isTheirs) giveBackTo(this.#failures, caller, failuresOfCaller, Date.now());
      const left = this.#undecidedOf(caller) - 1;
      if (left > 0) this.#undecided.set(caller, left);
      else this.#undecided.delete(caller);
    }
  }

  /** The ms until the caller may ask again. While others of his are looked at it is not known how they end, and this one waits for that. */
  async #charge(caller: string): Promise<number> {
    const untilMs = Date.now() + longestPatienceMs;
    for (;;) {
      const nowMs = Date.now();
      const waitMs = takeFrom(this.#failures, caller, failuresOfCaller, mostCallers, nowMs);
      if (waitMs === 0 || this.#undecidedOf(caller) === 0 || nowMs >= untilMs) return waitMs;
      await scheduler.wait(patienceStepMs);
    }
  }

  #undecidedOf(caller: string): number {
    return this.#undecided.get(caller) ?? 0;
  }

  #blocked(spiffeId: string, action: Action, actor: string, nowMs: number): Refused | undefined {
    const block = this.#parts.revocations.get('spiffe-id', spiffeId);
    if (block === undefined || blockOf(spiffeId, [block]) === undefined) return undefined;
    const detail = `revoked: ${block.reason}`;
    this.#parts.audit.write({ action, actor, spiffeId, outcome: 'refused', detail }, nowMs);
    return refused('identity_revoked', 'This identity is revoked. An operator lifts that (`selvedge identity lift`).');
  }

  /** Until it expires, so that a revocation by serial knows how long it has to be kept. */
  #remember({ serial, fingerprint, notAfterMs }: ParsedCertificate, spiffeId: string): void {
    this.#parts.sql.exec(
      'INSERT INTO certificates (serial, fingerprint, spiffe_id, expires_at_ms) VALUES (?, ?, ?, ?)',
      serial,
      fingerprint,
      spiffeId,
      notAfterMs,
    );
  }
}
