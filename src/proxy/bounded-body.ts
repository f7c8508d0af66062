/** Reading a body that announced its size, without trusting the announcement. */
import { MeshFailure } from '../core/mesh-error.ts';

/** Whether `Request` can be made with a body: what a GET or HEAD came with goes on with it, but cannot be sent again. */
export function takesBody(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Reads a stream of at most `bound` bytes; a longer one lied in its Content-Length and is refused as `bad_request`. */
export async function readBounded(body: ReadableStream<Uint8Array>, bound: number): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > bound) {
      await reader.cancel();
      throw new MeshFailure({ code: 'bad_request', detail: 'The body is longer than its Content-Length.' });
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}
