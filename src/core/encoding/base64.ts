/** Base64 with padding (RFC 4648 section 4), as certificates stand in JSON. */

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * The bytes that a text is; `undefined` where it is none of that form. White space, and a lack of padding, are let pass (the
 * Infra Standard's forgiving decode): who wants neither looks first.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
