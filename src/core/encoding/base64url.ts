/** Base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 uses it). */
import { fromBase64, toBase64 } from './base64.ts';

/** The text that stands for the bytes. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes that a text is; `undefined` where it is none of that form. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}
