/** The part of RFC 6455 that an echo of short frames needs, for a client and for a server. */
import { createHash, randomBytes } from 'node:crypto';

export interface Frame {
  /** 1 is text, 2 binary, 8 close. */
  readonly opcode: number;
  readonly payload: Buffer;
}

export const textFrame = 1;
export const binaryFrame = 2;
export const closeFrame = 8;

/** Section 1.3: proof that the server has read the client's key. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Section 5.2; a client masks what it sends, a server does not. */
export function encodeFrame({ opcode, payload }: Frame, isMasked: boolean): Buffer {
  if (payload.length > 125) throw new Error('a frame of this test has at most 125 bytes');
  const head = Buffer.from([0x80 | opcode, (isMasked ? 0x80 : 0) | payload.length]);
  if (!isMasked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, masked(payload, mask)]);
}

/** Hands on whole frames as they come in; `push` takes the bytes of the socket. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): Frame | undefined {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return undefined;
    const length = second & 0x7f;
    const maskLength = (second & 0x80) === 0 ? 0 : 4;
    const end = 2 + maskLength + length;
    if (this.#rest.length < end) return undefined;
    const mask = this.#rest.subarray(2, 2 + maskLength);
    const payload = this.#rest.subarray(2 + maskLength, end);
    this.#rest = this.#rest.subarray(end);
    return { opcode: first & 0x0f, payload: maskLength === 0 ? payload : masked(payload, mask) };
  }
}

function masked(payload: Buffer, mask: Buffer): Buffer {
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] as number)));
}
