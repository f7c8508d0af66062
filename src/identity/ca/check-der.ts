/** Whether values are written as the distinguished encoding rules demand, from the outermost inward. */
import { bitsOf, type DerValue, derTag, objectId, readDerItems } from './der.ts';

/** Certificates nest a dozen values at most. */
const deepest = 32;

/**
 * Throws where a value, or one within it, is not written as DER demands. What stands under a primitive context tag is for who knows
 * what it means.
 */
export function checkDer(value: DerValue, depth = 0): void {
  const { tag, content } = value;
  if (depth > deepest) throw new Error('values nested too deep');
  switch (tag) {
    case derTag.boolean:
      if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new Error('no boolean');
      return;
    case derTag.integer:
      checkInteger(content);
      return;
    case derTag.bitString:
      bitsOf(value);
      return;
    case derTag.null:
      if (content.length > 0) throw new Error('a null with content');
      return;
    case derTag.objectId:
      objectId(value);
      return;
    case derTag.utf8String:
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
      return;
  }
  if ((tag & 0x20) === 0) return;
  if (tag < 0x40 && tag !== derTag.sequence && tag !== derTag.set) throw new Error('a string in pieces');
  for (const item of readDerItems(content)) checkDer(item, depth + 1);
}

/** The least number of octets (X.690 section 8.3.2). */
function checkInteger(octets: Uint8Array): void {
  const [first, second] = octets;
  if (first === undefined) throw new Error('an integer without digits');
  if (second === undefined) return;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new Error('an integer that is longer than it must be');
  }
}
