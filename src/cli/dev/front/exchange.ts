/** What an HTTP/1 connection is about, as whoever passes its bytes on can tell. */
import { type BodyKind, type MessageHead, MessageReader } from './message-reader.ts';

export class Exchange {
  /** Methods of the requests that are not answered to the end, the oldest first. */
  readonly #asked: string[] = [];
  readonly #requests = new MessageReader({ onHead: (head) => this.#onRequest(head), onEnd: () => {} });
  readonly #responses = new MessageReader({
    onHead: (head) => this.#onResponse(head),
    onEnd: () => {
      if (!this.#interim) this.#asked.shift();
    },
  });
  /** The response that ended last, or goes on, only precedes the one that is asked for. */
  #interim = false;
  /** The connection ends after this response, or its messages cannot be told any more. */
  #last = false;
  #endless = false;

  fromClient(chunk: Buffer): void {
    this.#requests.read(chunk);
  }

  fromServer(chunk: Buffer): void {
    this.#responses.read(chunk);
  }

  /** Whether every request is answered and none has begun, so that the next one may go to another server. */
  get idle(): boolean {
    return !this.#last && this.#asked.length === 0 && this.#requests.between && this.#responses.between;
  }

  /** Whether a response is awaited that comes to an end by itself: a WebSocket or a stream of events does not. */
  get awaited(): boolean {
    return !this.#endless && !this.#requests.lost && (this.#asked.length > 0 || !this.#requests.between);
  }

  #onRequest({ start, headers }: MessageHead): BodyKind {
    const method = start.split(' ', 1)[0] as string;
    this.#asked.push(method);
    return method === 'CONNECT' ? 'rest' : (framed(headers) ?? 0);
  }

  #onResponse({ start, headers }: MessageHead): BodyKind {
    const [version, status] = start.split(' ') as [string, string | undefined];
    const code = Number(status);
    this.#interim = code >= 100 && code < 200 && code !== 101;
    if (this.#interim) return 0;
    if (version !== 'HTTP/1.1' || /\bclose\b/i.test(headers.get('connection') ?? '')) this.#last = true;
    this.#endless = code === 101 || /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');
    if (code === 101) return 'rest';
    if (this.#asked[0] === 'HEAD' || code === 204 || code === 304) return 0;
    return framed(headers) ?? 'rest';
  }
}

function framed(headers: ReadonlyMap<string, string>): BodyKind | undefined {
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? '')) return 'chunked';
  const length = headers.get('content-length');
  return length === undefined ? undefined : /^\d+$/.test(length) ? Number(length) : 'rest';
}
