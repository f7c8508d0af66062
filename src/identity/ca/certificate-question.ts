/** What an edge may ask about certificates, within bounds of number and size. */
import { fromBase64 } from '../../core/encoding/base64.ts';
import {
  type CertificateQuestion,
  longestCertificateBytes,
  mostChainCertificates,
  type Refused,
} from '../authority.ts';
import { refused } from '../requests.ts';

/** The DER of each certificate of a question, leaf first. */
export function chainOf(question: unknown): Uint8Array[] | Refused {
  const { chain } = (question ?? {}) as Partial<Record<keyof CertificateQuestion, unknown>>;
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > mostChainCertificates) {
    return refused(
      'bad_certificate',
      `chain must be a list of 1 to ${mostChainCertificates} certificates, leaf first.`,
    );
  }
  const found: Uint8Array[] = [];
  for (const text of chain as unknown[]) {
    const der = typeof text === 'string' ? bytesOf(text) : undefined;
    if (der === undefined) {
      return refused(
        'bad_certificate',
        `Each certificate of chain must be DER in base64, at most ${longestCertificateBytes} bytes long.`,
      );
    }
    found.push(der);
  }
  return found;
}

function bytesOf(text: string): Uint8Array | undefined {
  if (text === '' || text.length > Math.ceil(longestCertificateBytes / 3) * 4) return undefined;
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return fromBase64(text);
}
