/** What a client certificate proves, by the document's rule about them: the decision alone, with nothing asked and nothing awaited. */
import type { ClientCertificate } from '../../core/headers/forwarded-client-cert.ts';
import type { MtlsRule } from '../../model/authentication-rules.ts';
import { looksLikeSpiffe, parseSpiffeId } from '../spiffe-id.ts';
import type { HeldCertificate } from './certificate-cache.ts';
import { fingerprintDigits, type TlsClientAuth } from './tls-client-auth.ts';

export type CertificateJudgement =
  /** It holds; the principal is `null` where it names nobody. */
  | { readonly kind: 'accepted'; readonly principal: string | null; readonly certificate: ClientCertificate }
  /** It does not hold, so the call ends: a caller who shows something false is not treated as one who shows nothing. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Too little is known: its fingerprint has to be computed first, or the identity Worker asked. */
  | { readonly kind: 'unknown' };

const unknown: CertificateJudgement = { kind: 'unknown' };

/** Judges a certificate that was presented; `held` is what this isolate knows of it. */
export function judgeCertificate(
  tls: TlsClientAuth,
  rule: MtlsRule,
  held: HeldCertificate | undefined,
  nowMs: number,
): CertificateJudgement {
  // The platform's list of revoked certificates counts whoever vouches for them otherwise.
  if (tls.certRevoked && tls.certRevoked !== '0') return refused('revoked, says the platform');
  if (rule.trust === 'mesh') return held === undefined ? unknown : judgeByMesh(rule, held, nowMs);
  if (tls.certVerified !== 'SUCCESS') return refused(`the platform says ${tls.certVerified}`);
  if (held !== undefined) return judgeByPlatform(tls, rule, held, nowMs);
  return tls.certRFC9440 ? unknown : judgeByPlatform(tls, rule, toldOf(tls), nowMs);
}

function judgeByMesh(rule: MtlsRule, held: HeldCertificate, nowMs: number): CertificateJudgement {
  const { fingerprint, word } = held;
  if (word === undefined || nowMs >= word.recheckAtMs) return unknown;
  if (word.trusted === undefined) return refused(word.problem);
  if (nowMs >= word.trusted.validUntilMs) return refused('expired');
  const { subject, trusted } = word;
  return {
    kind: 'accepted',
    principal: rule.principalOf(fingerprint, subject) ?? trusted.principal,
    certificate: { fingerprint, subject, uri: trusted.principal },
  };
}

type Known = Pick<HeldCertificate, 'fingerprint' | 'word'>;

function judgeByPlatform(
  tls: TlsClientAuth,
  rule: MtlsRule,
  { fingerprint, word }: Known,
  nowMs: number,
): CertificateJudgement {
  if (hasEnded(tls.certNotAfter, nowMs)) return refused('it has expired since it was shown');
  const subject = tls.certSubjectDNRFC2253 ?? '';
  const uri = word?.uris && spiffeUri(word.uris);
  const named = rule.principalOf(fingerprint, subject);
  const certificate: ClientCertificate = uri === undefined ? { fingerprint, subject } : { fingerprint, subject, uri };
  if (named !== undefined) return { kind: 'accepted', principal: named, certificate };
  if (word === undefined) return unknown;
  if (word.uris === undefined) return refused(word.problem);
  if (uri === undefined) return refused('no single SPIFFE id with a path');
  return { kind: 'accepted', principal: uri || null, certificate };
}

/** Where the platform hands over no certificate, or found it too large, there are only its fingerprint and its names. */
function toldOf({ certFingerprintSHA256 }: TlsClientAuth): Known {
  const nothing = { subject: '', askedAtMs: 0, recheckAtMs: 0 };
  return {
    fingerprint: fingerprintDigits(certFingerprintSHA256),
    word: { ...nothing, uris: undefined, problem: 'neither handed over nor named by a rule' },
  };
}

/** By the word of the platform: an end that cannot be read is over, and where it says none there is none. */
function hasEnded(certNotAfter: string | undefined, nowMs: number): boolean {
  return Boolean(certNotAfter) && !(nowMs < Date.parse(certNotAfter as string));
}

/** The SPIFFE id among the URIs: `''` where none claims to be one, undefined where it is not the only URI or not well formed (X509-SVID section 2). */
function spiffeUri(uris: readonly string[]): string | undefined {
  if (!uris.some(looksLikeSpiffe)) return '';
  const [uri = ''] = uris;
  return uris.length === 1 && (parseSpiffeId(uri)?.path ?? '') !== '' ? uri : undefined;
}

function refused(detail: string): CertificateJudgement {
  return { kind: 'refused', detail };
}
