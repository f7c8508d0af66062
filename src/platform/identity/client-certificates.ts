/**
 * Client certificates on the public door: what a certificate proves is decided from what this isolate holds of it, without a promise;
 * only a certificate that is new, or whose verdict is due, makes a call ask the identity Worker, which alone reads X.509.
 */
import { fromBase64 } from '../../core/encoding/base64.ts';
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { ClientCertificate } from '../../core/headers/forwarded-client-cert.ts';
import type { CertificateAnswer, IdentityAuthority, Refused } from '../../identity/authority.ts';
import { judgeCertificate } from '../../identity/certificates/certificate.ts';
import {
  type CertificateCache,
  type CertificateWord,
  type HeldCertificate,
  recallCertificate,
  rememberCertificate,
} from '../../identity/certificates/certificate-cache.ts';
import { fingerprintDigits, shownChain, type TlsClientAuth } from '../../identity/certificates/tls-client-auth.ts';
import { settledWithin } from '../../identity/settled-within.ts';
import type { MtlsRule } from '../../model/authentication-rules.ts';
import type { Lifetime } from '../../proxy/call.ts';

/** Longest wait of a call for a verdict: a fresh isolate of the identity Worker loads its certificate library first. */
const waitMs = 2_000;
/** A question without an answer after this long was cancelled, and another call may ask. */
const leaseMs = 5_000;
/** After a failure, calls that need the verdict are refused at once for this long. */
const failurePauseMs = 1_000;
/** A verdict serves this long at least, so that clocks that lie apart do not make every call ask. */
const leastMs = 1_000;
/** How long a certificate that nobody can read stays refused without a question. */
const unreadableMs = 60_000;

/** Who holds a certificate that was accepted. */
export interface CertificateHolder {
  /** `null` where the certificate names nobody. */
  readonly principal: string | null;
  readonly certificate: ClientCertificate;
}

export interface CertificateContext {
  readonly cache: CertificateCache;
  /** Undefined where the edge has no binding to the identity Worker. */
  readonly authority: Pick<IdentityAuthority, 'verifyCertificate'> | undefined;
  readonly now: () => number;
  readonly lifetime: Pick<Lifetime, 'waitUntil'>;
}

/**
 * The holder of the certificate that a public caller presented, or undefined where he presented none. Throws, or rejects with,
 * `invalid_certificate` for one that does not hold, and `identity_unavailable` where that cannot be found out.
 */
export function certificateHolder(
  tls: TlsClientAuth | null | undefined,
  rule: MtlsRule,
  context: CertificateContext,
): CertificateHolder | undefined | Promise<CertificateHolder> {
  if (!tls?.certPresented || tls.certPresented === '0') return undefined;
  const held = recallCertificate(context.cache, tls);
  const now = context.now();
  const judgement = judgeCertificate(tls, rule, held, now);
  if (judgement.kind === 'unknown') return learn(tls, rule, held, context);
  if (rule.trust === 'mesh' && held?.word !== undefined && now >= held.refreshAtMs && !isAsking(held, now)) {
    context.lifetime.waitUntil(ask(held, chainOf(tls), context));
  }
  if (judgement.kind === 'refused') throw invalid(judgement.detail);
  return judgement;
}

/** Reads a certificate that is new, and asks about it where the rule makes that needed. */
async function learn(
  tls: TlsClientAuth,
  rule: MtlsRule,
  known: HeldCertificate | undefined,
  context: CertificateContext,
): Promise<CertificateHolder> {
  const held = known ?? (await read(tls));
  if (known === undefined) rememberCertificate(context.cache, held);
  let judgement = judgeCertificate(tls, rule, held, context.now());
  if (judgement.kind === 'unknown') {
    await askNow(held, chainOf(tls), context);
    judgement = judgeCertificate(tls, rule, held, context.now());
  }
  if (judgement.kind === 'accepted') return judgement;
  if (judgement.kind === 'refused') throw invalid(judgement.detail);
  throw new MeshFailure({ code: 'identity_unavailable', detail: held.problem });
}

/** Computes the fingerprint; where the platform tells one too, it has to be the same. */
async function read(tls: TlsClientAuth): Promise<HeldCertificate> {
  const [leaf = ''] = chainOf(tls);
  const der = fromBase64(leaf);
  if (der === undefined) throw invalid('malformed certificate');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  const fingerprint = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const { certRFC9440 = '', certChainRFC9440 = '', certFingerprintSHA256 = '' } = tls;
  if (certFingerprintSHA256 !== '' && fingerprintDigits(certFingerprintSHA256) !== fingerprint)
    throw invalid("another certificate's fingerprint");
  const never = -Infinity;
  return {
    leaf: certRFC9440,
    chain: certChainRFC9440,
    toldFingerprint: certFingerprintSHA256,
    fingerprint,
    word: undefined,
    refreshAtMs: never,
    askedAtMs: never,
    failedAtMs: never,
    problem: `no verdict within ${waitMs} ms`,
  };
}

function chainOf(tls: TlsClientAuth): readonly string[] {
  const shown = shownChain(tls);
  if (!shown.ok) throw invalid(shown.detail);
  return shown.chain;
}

function isAsking({ askedAtMs }: HeldCertificate, now: number): boolean {
  return now - askedAtMs < leaseMs;
}

async function askNow(held: HeldCertificate, chain: readonly string[], context: CertificateContext): Promise<void> {
  if (context.now() - held.failedAtMs < failurePauseMs) return;
  const work = ask(held, chain, context);
  // Not only awaited: an answer that comes after the wait is over still serves the next call.
  context.lifetime.waitUntil(work);
  await settledWithin(work, waitMs);
}

async function ask(
  held: HeldCertificate,
  chain: readonly string[],
  { authority, now }: CertificateContext,
): Promise<void> {
  const askedAtMs = now();
  held.askedAtMs = askedAtMs;
  try {
    if (authority === undefined) throw new Error('no binding to the identity Worker');
    const word = wordOf(await authority.verifyCertificate({ chain }), held.fingerprint, askedAtMs, now());
    // Questions overlap; the answer to the youngest stays.
    if (held.word !== undefined && held.word.askedAtMs > askedAtMs) return;
    held.word = word;
    held.refreshAtMs = askedAtMs + (word.recheckAtMs - askedAtMs) / 2;
  } catch (error) {
    held.failedAtMs = now();
    held.problem = error instanceof Error ? error.message : String(error);
  }
}

/** Copied member by member: what came over RPC must not outlive the invocation as an object of the runtime. */
function wordOf(
  reply: CertificateAnswer | Refused,
  fingerprint: string,
  askedAtMs: number,
  nowMs: number,
): CertificateWord {
  if ('error' in reply) {
    const { code, message } = reply.error;
    if (code !== 'bad_certificate') throw new Error(`${code}: ${message}`);
    return { uris: undefined, subject: '', problem: message, askedAtMs, recheckAtMs: askedAtMs + unreadableMs };
  }
  const { certificate, verdict } = reply;
  if (certificate.fingerprint !== fingerprint) throw new Error('an answer about another certificate');
  const { subject, uris } = certificate;
  const recheckAtMs = Math.max(reply.recheckAtMs, nowMs + leastMs);
  const read = { uris: [...uris], subject, askedAtMs, recheckAtMs };
  if (verdict.kind === 'untrusted') return { ...read, problem: `${verdict.reason}: ${verdict.detail}` };
  const { principal, validUntilMs } = verdict;
  return { ...read, trusted: { principal, validUntilMs }, problem: '' };
}

function invalid(detail: string): MeshFailure {
  return new MeshFailure({ code: 'invalid_certificate', detail });
}
