/**
 * What the platform says of the client certificate of a connection, `request.cf.tlsClientAuth`. Only a public door may read it: on a
 * binding hop `cf` is whatever the caller says.
 */
import { longestCertificateBytes, mostChainCertificates } from '../authority.ts';

/** The members that count. The platform gives texts, and booleans for what was too large to be handed over. */
export interface TlsClientAuth {
  readonly certPresented?: string;
  /** `SUCCESS`, `NONE`, `FAILED` or `FAILED:reason`. */
  readonly certVerified?: string;
  readonly certRevoked?: string;
  readonly certFingerprintSHA256?: string;
  readonly certSubjectDNRFC2253?: string;
  /** `Nov 30 12:00:00 2026 GMT`. */
  readonly certNotAfter?: string;
  /** The certificate as a Byte Sequence, `:base64 DER:` (RFC 9440 section 2.2). */
  readonly certRFC9440?: string;
  /** What the client sent beside it, a List of Byte Sequences without the certificate itself (section 2.3). */
  readonly certChainRFC9440?: string;
  readonly certChainRFC9440TooLarge?: boolean;
}

export type ShownChain =
  /** Base64 of each certificate's DER, the client's own first. */
  { readonly ok: true; readonly chain: readonly string[] } | { readonly ok: false; readonly detail: string };

const longestText = Math.ceil(longestCertificateBytes / 3) * 4;

/** The certificates that the platform hands over; a chain that it found too large counts as not sent. */
export function shownChain(tls: TlsClientAuth): ShownChain {
  const [leaf, ...others] = byteSequences(tls.certRFC9440 ?? '') ?? [];
  if (leaf === undefined || others.length > 0) return { ok: false, detail: 'no certificate handed over' };
  const above = tls.certChainRFC9440TooLarge === true ? [] : byteSequences(tls.certChainRFC9440 ?? '');
  if (above === undefined) return { ok: false, detail: 'malformed chain' };
  const chain = [leaf, ...above];
  if (chain.length > mostChainCertificates || chain.some((text) => text.length > longestText)) {
    return { ok: false, detail: 'too long a chain' };
  }
  return { ok: true, chain };
}

/** SHA-256 fingerprints are written with and without colons, in both cases; all mean the same 64 digits. `''` for what is none. */
export function fingerprintDigits(text: string | undefined): string {
  const digits = (text ?? '').replaceAll(':', '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : '';
}

const byteSequence = /^:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)):$/;

/** The base64 of each Byte Sequence of a List (RFC 8941 sections 3.1 and 3.3.5) without parameters; `undefined` where it is none. */
function byteSequences(text: string): readonly string[] | undefined {
  if (text === '') return [];
  const found = text.split(',').map((item) => byteSequence.exec(item.trim())?.[1]);
  return found.every((item) => item !== undefined) ? found : undefined;
}
