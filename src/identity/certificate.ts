/** What a client certificate proves, by the document's rule about them: the decision alone, with nothing asked and nothing awaited. */
import type { ClientCertificate } from '../core/forwarded-client-cert.ts';
import type { MtlsRule } from '../model/snapshot.ts';
import type { HeldCertificate } from './certificate-cache.ts';
import { looksLikeSpiffe, parseSpiffeId } from './spiffe-id.ts';
import { fingerprintDigits, type TlsClientAuth } from './tls-client-auth.ts';

export type CertificateJudgement =
  /** It holds; the principal is `null` where it names nobody. */
  | { readonly kind: 'accepted'; readonly principal: string | null; readonly certificate: ClientCertificate }
  /** It does not hold, so the call ends: a caller who shows something false is not treated as one who shows nothing. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Its fingerprint has to be computed first. */
  | { readonly kind: 'read' }
  /** The identity Worker has to be asked first. */
  | { readonly kind: 'ask' };

/** Judges a certificate that was presented; `held` is what this isolate knows of it. */
export function judgeCertificate(
  tls: TlsClientAuth,
  rule: MtlsRule,
  held: HeldCertificate | undefined,
  nowMs: number,
): CertificateJudgement {
  // The platform's list of revoked certificates counts whoever vouches for them otherwise.
  if (tls.certRevoked === '1') return refused('the platform says that the certificate is revoked');
  if (rule.trust === 'mesh') return held === undefined ? { kind: 'read' } : judgeByMesh(rule, held, nowMs);
  if (tls.certVerified !== 'SUCCESS') return refused(`the platform's verification says ${tls.certVerified}`);
  if (held !== undefined) return judgeByPlatform(tls, rule, held, nowMs);
  return (tls.certRFC9440 ?? '') === '' ? judgeByTexts(tls, rule, nowMs) : { kind: 'read' };
}

function judgeByMesh(rule: MtlsRule, held: HeldCertificate, nowMs: number): CertificateJudgement {
  const { fingerprint, word } = held;
  if (word === undefined || nowMs >= word.recheckAtMs) return { kind: 'ask' };
  if (word.trusted === undefined) return refused(word.problem);
  if (nowMs >= word.trusted.validUntilMs) return refused('the certificate, or one above it, has expired');
  const { subject, trusted } = word;
  return {
    kind: 'accepted',
    principal: rule.principalOf(fingerprint, subject) ?? trusted.principal,
    certificate: { fingerprint, subject, uri: trusted.principal },
  };
}

function judgeByPlatform(
  tls: TlsClientAuth,
  rule: MtlsRule,
  { fingerprint, endsAtMs, word }: HeldCertificate,
  nowMs: number,
): CertificateJudgement {
  if (nowMs >= endsAtMs) return expired();
  const subject = tls.certSubjectDNRFC2253 ?? '';
  const uri = word?.uris === undefined ? undefined : spiffeUri(word.uris);
  const named = rule.principalOf(fingerprint, subject);
  const certificate: ClientCertificate = uri === undefined ? { fingerprint, subject } : { fingerprint, subject, uri };
  if (named !== undefined) return { kind: 'accepted', principal: named, certificate };
  if (word === undefined) return { kind: 'ask' };
  if (word.uris === undefined) return refused(word.problem);
  if (uri === undefined) return refused('the certificate has not exactly one URI that is a SPIFFE id with a path');
  return { kind: 'accepted', principal: uri === '' ? null : uri, certificate };
}

/** Where the platform hands over no certificate, or found it too large, there are only its fingerprint and subject. */
function judgeByTexts(tls: TlsClientAuth, rule: MtlsRule, nowMs: number): CertificateJudgement {
  if (nowMs >= platformInstant(tls.certNotAfter)) return expired();
  const fingerprint = fingerprintDigits(tls.certFingerprintSHA256);
  const subject = tls.certSubjectDNRFC2253 ?? '';
  const principal = rule.principalOf(fingerprint, subject);
  if (principal === undefined) return refused('the platform hands no certificate over, and no rule names it');
  return { kind: 'accepted', principal, certificate: { fingerprint, subject } };
}

/** An instant as the platform writes it, in ms since the epoch; NaN where it writes none. */
export function platformInstant(text: string | undefined): number {
  return Date.parse(text ?? '');
}

/** The SPIFFE id among the URIs: `''` where none claims to be one, undefined where it is not the only URI or not well formed (X509-SVID section 2). */
function spiffeUri(uris: readonly string[]): string | undefined {
  if (!uris.some(looksLikeSpiffe)) return '';
  const [uri = ''] = uris;
  return uris.length === 1 && (parseSpiffeId(uri)?.path ?? '') !== '' ? uri : undefined;
}

function expired(): CertificateJudgement {
  return refused('the certificate has expired since it was shown');
}

function refused(detail: string): CertificateJudgement {
  return { kind: 'refused', detail };
}
