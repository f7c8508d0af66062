/** The comparison of secrets, such as an operator's token, in constant time. */

/**
 * Whether two secrets are equal. Both are hashed first, so that neither the length nor the place of the first difference shows
 * in the time taken. An empty secret equals nothing: a secret that was never set opens no door.
 */
export async function sameSecret(one: string, other: string): Promise<boolean> {
  if (one === '' || other === '') return false;
  const [left, right] = await Promise.all([sha256(one), sha256(other)]);
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) difference |= (left[at] as number) ^ (right[at] as number);
  return difference === 0;
}

/** SHA-256 of a text's UTF-8 bytes. */
export async function sha256(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
