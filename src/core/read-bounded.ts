/** Reading what somebody sends, whatever he says about its length. */

/** The bytes of a body; `undefined` where it has more than `mostBytes`, of which the rest is then not read. */
export async function readBounded(
  body: ReadableStream<Uint8Array>,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The same as text, and of no body the empty one. */
export async function readBoundedText(
  body: ReadableStream<Uint8Array> | null,
  mostBytes: number,
): Promise<string | undefined> {
  const bytes = body === null ? new Uint8Array() : await readBounded(body, mostBytes);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
