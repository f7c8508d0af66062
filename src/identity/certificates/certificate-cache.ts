/**
 * Client certificates that an isolate has met: what the identity Worker said of them, as plain data. Reading and verifying one costs a
 * call to that Worker, a look-up less than a microsecond.
 */
import { makeRoom } from '../../core/make-room.ts';
import type { TlsClientAuth } from './tls-client-auth.ts';

/** What the identity Worker said of a certificate. */
export interface CertificateWord {
  /** Of the subject alternative name; undefined where the bytes are no certificate. */
  readonly uris: readonly string[] | undefined;
  /** RFC 2253. */
  readonly subject: string;
  /** Set where a bundle of ours vouches for it: whose it is, and until when the path to the root is valid (ms since the epoch). */
  readonly trusted?: { readonly principal: string; readonly validUntilMs: number };
  /** Why no bundle vouches for it. */
  readonly problem: string;
  readonly askedAtMs: number;
  /** From this instant on the question whether it is trusted is to be asked anew. */
  readonly recheckAtMs: number;
}

export interface HeldCertificate {
  /** The texts in which the platform handed the certificate over: other texts are another certificate. */
  readonly leaf: string;
  readonly chain: string;
  readonly toldFingerprint: string;
  /** SHA-256 of the DER, computed here. */
  readonly fingerprint: string;
  /** Undefined until somebody had to ask. */
  word: CertificateWord | undefined;
  /** Half of the time between the question and `recheckAtMs`. */
  refreshAtMs: number;
  /** When the last question was asked, and when one last failed. */
  askedAtMs: number;
  failedAtMs: number;
  /** Why there is no word. */
  problem: string;
}

/** By the text of the certificate. Make it with `new Map()`, once an isolate. */
export type CertificateCache = Map<string, HeldCertificate>;

const mostCertificates = 1000;
/** Chains are sent by anybody: longer ones than any honest client sends are asked about each time, and kept by nobody. */
const mostCharacters = 16_384;

/** The entry for the certificate that the platform hands over, made the youngest by asking for it. */
export function recallCertificate(cache: CertificateCache, tls: TlsClientAuth): HeldCertificate | undefined {
  const { certRFC9440 = '', certChainRFC9440 = '', certFingerprintSHA256 = '' } = tls;
  const held = cache.get(certRFC9440);
  if (held === undefined || held.chain !== certChainRFC9440 || held.toldFingerprint !== certFingerprintSHA256) {
    return undefined;
  }
  cache.delete(certRFC9440);
  cache.set(certRFC9440, held);
  return held;
}

/** Holds a certificate; the one that was not asked for longest makes room. */
export function rememberCertificate(cache: CertificateCache, held: HeldCertificate): void {
  if (held.leaf.length + held.chain.length > mostCharacters) return;
  cache.delete(held.leaf);
  makeRoom(cache, mostCertificates);
  cache.set(held.leaf, held);
}
