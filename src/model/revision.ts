/** The revision of a stored value: what edges report and people compare. */

/** The first 12 hexadecimal digits of the SHA-256 of the stored bytes (text counts as UTF-8). */
export async function revisionOf(bytes: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest(
    'SHA-256',
    typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
  );
  return Array.from(new Uint8Array(digest, 0, 6), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
