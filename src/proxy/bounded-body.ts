/** Reading a body that announced its size, without trusting the announcement. */
import { MeshFailure } from '../core/errors/mesh-error.ts';
import { readBounded } from '../core/read-bounded.ts';

/** Whether `Request` can be made with a body: what a GET or HEAD came with goes on with it, but cannot be sent again. */
export function takesBody(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Reads a body that announced at most `bound` bytes; a longer one lied in its Content-Length and is refused as `bad_request`. */
export async function readAnnounced(body: ReadableStream<Uint8Array>, bound: number): Promise<ArrayBuffer> {
  const bytes = await readBounded(body, bound);
  if (bytes !== undefined) return bytes.buffer;
  throw new MeshFailure({ code: 'bad_request', detail: 'The body is longer than its Content-Length.' });
}
