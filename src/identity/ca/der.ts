/**
 * Distinguished Encoding Rules (ITU-T X.690 section 10), as far as certificates need them and as strictly as they demand: one
 * encoding for each value, so that two readers of the same bytes cannot see two different certificates.
 */

export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  /** Tag, length and content. */
  readonly whole: Uint8Array<ArrayBuffer>;
}

/** Tags of X.690 section 8 that certificates use. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The one value that the bytes are; throws where they are no DER or something follows. */
export function readDer(bytes: Uint8Array<ArrayBuffer>, tag?: number): DerValue {
  const value = valueAt(bytes, 0);
  if (value.whole.length !== bytes.length) throw new Error('something follows the value');
  if (tag !== undefined && value.tag !== tag) throw new Error(`tag ${value.tag} stands where ${tag} must`);
  return value;
}

/** The values that stand one after the other; throws where they do not fill the bytes. */
export function readDerItems(bytes: Uint8Array<ArrayBuffer>): DerValue[] {
  const items: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const item = valueAt(bytes, at);
    items.push(item);
    at += item.whole.length;
  }
  return items;
}

/** Members that may each be left out: throws where one is none of these, or stands in another order. */
export function checkOrder(items: readonly DerValue[], tags: readonly number[]): void {
  const places = items.map(({ tag }) => tags.indexOf(tag));
  if (places.some((place, at) => place <= (places[at - 1] ?? -1))) throw new Error('a member that has no place');
}

function valueAt(bytes: Uint8Array<ArrayBuffer>, start: number): DerValue {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new Error('no tag and length');
  let length = first;
  let from = start + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new Error('a length that is indefinite or too long');
    length = 0;
    for (let at = 0; at < count; at += 1) length = length * 256 + (bytes[from + at] ?? 0);
    from += count;
    if (length < 0x80 || length < 256 ** (count - 1)) throw new Error('a length that is longer than it must be');
  }
  const end = from + length;
  if (end > bytes.length) throw new Error('a value that is cut off');
  return { tag, content: bytes.subarray(from, end), whole: bytes.subarray(start, end) };
}

/** An object identifier in dots (X.690 section 8.19). */
export function objectId(value: DerValue): string {
  const { content, tag } = value;
  if (tag !== derTag.objectId || content.length === 0) throw new Error('no object identifier');
  const arcs: number[] = [];
  let arc = 0;
  for (const [at, byte] of content.entries()) {
    if (arc === 0 && byte === 0x80) throw new Error('an object identifier that is longer than it must be');
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new Error('an object identifier that is too large');
    if (byte >= 0x80) {
      if (at === content.length - 1) throw new Error('an object identifier that is cut off');
      continue;
    }
    arcs.push(arc);
    arc = 0;
  }
  const [head = 0, ...rest] = arcs;
  const top = Math.min(Math.floor(head / 40), 2);
  return [top, head - top * 40, ...rest].join('.');
}

/** The octets of a bit string; its first one counts the bits of the last that are none, and those are zero (X.690 section 11.2.1). */
export function bitsOf({ tag, content }: DerValue): Uint8Array<ArrayBuffer> {
  const [unused, bits] = [content[0], content.subarray(1)];
  const last = bits.at(-1) ?? 0;
  if (tag !== derTag.bitString || unused === undefined || unused > 7 || (unused > 0 && bits.length === 0)) {
    throw new Error('no bit string');
  }
  if ((last & ((1 << unused) - 1)) !== 0) throw new Error('a bit string with bits that it does not have');
  return bits;
}

/** The octets of a bit string that holds whole octets, as those of keys and signatures do. */
export function octetsOf(value: DerValue): Uint8Array<ArrayBuffer> {
  if (value.content[0] !== 0) throw new Error('a bit string that is not of octets');
  return bitsOf(value);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
