/**
 * The forms in which somebody who is not its issuer can show a certificate. An ECDSA signature (r, s) holds as (r, n - s) as well, which
 * makes other bytes, and with them another fingerprint, of the same certificate: what is said of one fingerprint has to be said of all.
 */
import { checkDer } from './check-der.ts';
import { type DerValue, derTag, hexOf, readDer, readDerItems } from './der.ts';

/** The orders of P-256 and P-384 (SEC 2 sections 2.4.2 and 2.5.1): which of them signed, a certificate does not say. */
const orders = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
];

/** The two numbers of an ECDSA signature (RFC 3279 section 2.2.3); throws where they are none, or not above zero. */
export function ecdsaNumbers(signature: Uint8Array<ArrayBuffer>): readonly [r: bigint, s: bigint] {
  const whole = readDer(signature, derTag.sequence);
  checkDer(whole);
  const [r, s, ...more] = readDerItems(whole.content);
  if (r === undefined || s === undefined || more.length > 0) throw new Error('no signature of ECDSA');
  return [positive(r), positive(s)];
}

/** The other forms of a certificate, by the parts that every form has and the numbers of its signature. */
export function otherForms(
  unchanged: readonly DerValue[],
  [r, s]: readonly [bigint, bigint],
): readonly Uint8Array<ArrayBuffer>[] {
  return orders
    .filter((order) => s < order)
    .map((order) => {
      const signature = written(derTag.sequence, [integer(r), integer(order - s)]);
      const bits = written(derTag.bitString, [new Uint8Array([0]), signature]);
      return written(derTag.sequence, [...unchanged.map(({ whole }) => whole), bits]);
    });
}

function positive({ tag, content }: DerValue): bigint {
  if (tag !== derTag.integer || (content[0] ?? 0x80) >= 0x80) throw new Error('no number of a signature');
  const number = BigInt(`0x${hexOf(content)}`);
  if (number === 0n) throw new Error('a number of a signature that is zero');
  return number;
}

function integer(number: bigint): Uint8Array<ArrayBuffer> {
  const digits = number.toString(16);
  const padded = digits.length % 2 === 1 ? `0${digits}` : digits;
  const octets = (padded.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return written(derTag.integer, [new Uint8Array((octets[0] ?? 0) >= 0x80 ? [0, ...octets] : octets)]);
}

function written(tag: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = parts.flatMap((part) => [...part]);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return new Uint8Array([tag, ...head, ...content]);
}
