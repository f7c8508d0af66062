/** Reads along with one direction of an HTTP/1 connection, to tell where messages begin and end. Bodies are counted, never kept. */

export interface MessageHead {
  /** `GET / HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  /** By lower-case name; several of one name are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Bytes of the body; or in chunks; or everything that still comes, of which no end can be told. */
export type BodyKind = number | 'chunked' | 'rest';

export interface MessageEvents {
  /** Says what body follows a head. */
  readonly onHead: (head: MessageHead) => BodyKind;
  readonly onEnd: () => void;
}

/** A longer line than any server takes: this is no HTTP/1. */
const longestLine = 1024 * 1024;

export class MessageReader {
  readonly #events: MessageEvents;
  #state: 'start' | 'headers' | 'body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'rest' = 'start';
  #line = '';
  #left = 0;
  #start = '';
  #headers = new Map<string, string>();

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Whether the last message has ended and none has begun. */
  get between(): boolean {
    return this.#state === 'start' && this.#line === '';
  }

  /** Whether ends of messages can be told no longer. */
  get lost(): boolean {
    return this.#state === 'rest';
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'rest') {
      if (this.#state === 'body' || this.#state === 'chunk-data') {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left > 0) continue;
        if (this.#state === 'body') this.#end();
        else this.#state = 'chunk-end';
        continue;
      }
      const newline = chunk.indexOf(10, at);
      const until = newline < 0 ? chunk.length : newline + 1;
      this.#line += chunk.toString('latin1', at, until);
      at = until;
      if (this.#line.length > longestLine) this.#state = 'rest';
      if (newline < 0) continue;
      const line = this.#line.replace(/\r?\n$/, '');
      this.#line = '';
      this.#onLine(line);
    }
  }

  #onLine(line: string): void {
    switch (this.#state) {
      case 'start':
        // Empty lines may stand before a message.
        if (line === '') return;
        this.#start = line;
        this.#headers = new Map();
        this.#state = 'headers';
        return;
      case 'headers':
        if (line === '') this.#onHead();
        else this.#onHeader(line);
        return;
      case 'chunk-size': {
        const size = /^[0-9a-f]+/i.exec(line)?.[0];
        this.#left = size === undefined ? 0 : Number.parseInt(size, 16);
        if (size === undefined) this.#state = 'rest';
        else this.#state = this.#left === 0 ? 'trailers' : 'chunk-data';
        return;
      }
      case 'chunk-end':
        this.#state = 'chunk-size';
        return;
      case 'trailers':
        if (line === '') this.#end();
    }
  }

  #onHeader(line: string): void {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = this.#headers.get(name);
    this.#headers.set(name, before === undefined ? value : `${before},${value}`);
  }

  #onHead(): void {
    const body = this.#events.onHead({ start: this.#start, headers: this.#headers });
    if (body === 0) this.#end();
    else if (body === 'chunked') this.#state = 'chunk-size';
    else if (typeof body === 'number' && Number.isSafeInteger(body) && body > 0) {
      this.#left = body;
      this.#state = 'body';
    } else this.#state = 'rest';
  }

  #end(): void {
    this.#state = 'start';
    this.#events.onEnd();
  }
}
