/**
 * Who holds a client certificate that the platform has verified. Only a public door may ask: on a binding hop `cf` is whatever
 * the caller says. The platform gives no SAN as a field, so a document names the fingerprint or the subject.
 */
import type { CertificateRule } from '../model/snapshot.ts';

/** The members of `request.cf.tlsClientAuth` that count; the platform gives all of them as strings. */
export interface TlsClientAuth {
  readonly certPresented?: string;
  readonly certVerified?: string;
  readonly certRevoked?: string;
  readonly certFingerprintSHA256?: string;
  readonly certSubjectDNRFC2253?: string;
}

/** The principal of the first rule that the certificate fits, or `undefined` for no, an unverified, a revoked or an unknown certificate. */
export function certificatePrincipal(
  tls: TlsClientAuth | null | undefined,
  rules: readonly CertificateRule[],
): string | undefined {
  if (tls?.certPresented !== '1' || tls.certVerified !== 'SUCCESS' || tls.certRevoked === '1') return undefined;
  const fingerprint = hexDigits(tls.certFingerprintSHA256);
  const subject = tls.certSubjectDNRFC2253;
  for (const rule of rules) {
    if (rule.fingerprint !== undefined) {
      if (fingerprint !== '' && fingerprint === hexDigits(rule.fingerprint)) return rule.principal;
    } else if (rule.subject !== undefined && rule.subject !== '' && rule.subject === subject) {
      return rule.principal;
    }
  }
  return undefined;
}

/** Fingerprints are written with and without colons, in both cases; all mean the same 64 digits. */
function hexDigits(text: string | undefined): string {
  const digits = (text ?? '').replaceAll(':', '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : '';
}
