/** `X-Forwarded-Client-Cert`, by which a callee learns what client certificate its edge accepted: Envoy's format and order of fields. */

/** What a callee may know of a client certificate that was accepted. */
export interface ClientCertificate {
  /** SHA-256 of the DER, in lower-case hex. */
  readonly fingerprint: string;
  /** RFC 2253. */
  readonly subject: string;
  /** The SPIFFE id in the certificate; `''` where it has none, undefined where nobody needed to read it. */
  readonly uri?: string;
}

/** The one element of the header; `by` is the principal of the service whose edge accepted the certificate. */
export function forwardedClientCert(by: string, { fingerprint, subject, uri }: ClientCertificate): string {
  const element = `By=${by};Hash=${fingerprint};Subject="${quotable(subject)}"`;
  return uri === undefined ? element : `${element};URI=${uri}`;
}

/**
 * A name as RFC 2253 writes it has its quotes escaped and goes through as it is, as Envoy does it. The text may be the platform's: a
 * quote or backslash that would end the value early is escaped here, and what no header may hold becomes a question mark.
 */
function quotable(subject: string): string {
  const plain = subject.replace(/[^\x20-\x7e]/gu, '?');
  return plain.replace(/\\.|\\$|"/g, (found) => (found.length === 2 ? found : `\\${found}`));
}
