/** Names of subjects and issuers as text (RFC 2253), the way OpenSSL and with it the platform write them. */
import { type DerValue, derTag, hexOf, objectId, readDerItems } from './der.ts';

/** RFC 2253 section 2.3, and the short names that OpenSSL knows beside. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.45': 'x500UniqueIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** UTF8String, NumericString, PrintableString, T61String, IA5String, VisibleString: one byte a character, or UTF-8. */
const byteStrings = new Set([0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a]);
const bmpString = 0x1e;

/** The text of a name, its last relative name first, and the last attribute first within each. Throws where it is no name. */
export function distinguishedName(name: DerValue): string {
  if (name.tag !== derTag.sequence) throw new Error('no name');
  const parts = readDerItems(name.content).map((relative) => {
    if (relative.tag !== derTag.set || relative.content.length === 0) throw new Error('no relative name');
    return readDerItems(relative.content).map(attribute).reverse().join('+');
  });
  return parts.reverse().join(',');
}

function attribute(value: DerValue): string {
  const [type, given, ...more] = readDerItems(value.content);
  if (value.tag !== derTag.sequence || type === undefined || given === undefined || more.length > 0)
    throw new Error('no attribute of a name');
  const id = objectId(type);
  const known = shortNames[id];
  const text = textOf(given);
  return known === undefined || text === undefined
    ? `${known ?? id}=#${hexOf(given.whole)}`
    : `${known}=${escaped(text)}`;
}

/** The UTF-8 bytes of a string; `undefined` for a value that is none. */
function textOf({ tag, content }: DerValue): Uint8Array | undefined {
  if (byteStrings.has(tag)) return content;
  if (tag !== bmpString) return undefined;
  return new TextEncoder().encode(new TextDecoder('utf-16be').decode(content));
}

/** Section 2.4; what is no printable ASCII is written as bytes. */
function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const [at, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte);
    const edge = (at === 0 && /[ #]/.test(character)) || (at === bytes.length - 1 && character === ' ');
    if (byte < 0x20 || byte > 0x7e) text += `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    else text += edge || /[,+"\\<>;]/.test(character) ? `\\${character}` : character;
  }
  return text;
}
