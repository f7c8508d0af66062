/**
 * W3C Baggage, limited to what the mesh does with it: reading one carried name and writing carried names.
 * Members of others, and properties after `;`, pass through unchanged.
 */

/** The smallest total that the recommendation obliges a propagator to carry (section 3.3.2), in bytes; longer is cut. */
export const maxBaggageBytes = 8192;

/** baggage-octet of section 3.3.1.3 without `%`, which is kept for escapes. */
const plainOctet = /^[\x21\x23-\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const toEncode = /[^\x21\x23-\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/gu;

/** The first value of `name`, percent-decoded; `null` where it is absent or its escapes are malformed. Names are compared as they are. */
export function readBaggage(baggage: string, name: string): string | null {
  if (baggage === '') return null;
  let from = 0;
  while (from < baggage.length) {
    let to = baggage.indexOf(',', from);
    if (to < 0) to = baggage.length;
    // Within the member alone: where none has the sign, a search to the end for each of them would cost the square of their number.
    const member = baggage.slice(from, to);
    const equals = member.indexOf('=');
    if (equals >= 0 && member.slice(0, equals).trim() === name) {
      const properties = member.indexOf(';', equals);
      return decode(member.slice(equals + 1, properties < 0 ? undefined : properties).trim());
    }
    from = to + 1;
  }
  return null;
}

/**
 * Baggage with each entry set, or removed where its value is `null`; what others put there stays, in order, before ours.
 * Members that would make it longer than `maxBaggageBytes` are left out, and others before ours: whoever fills the baggage
 * must not be able to push out what the mesh carries.
 */
export function writeBaggage(
  baggage: string,
  entries: readonly (readonly [name: string, value: string | null])[],
): string {
  let length = 0;
  const fitting = (member: string): boolean => {
    // A header has no octet that is not one code unit long, since everything else is percent-encoded.
    if (length + member.length + 1 > maxBaggageBytes) return false;
    length += member.length + 1;
    return true;
  };
  const ours = entries.flatMap(([name, value]) => (value === null ? [] : [`${name}=${encode(value)}`])).filter(fitting);
  const others: string[] = [];
  if (baggage !== '') {
    for (const raw of baggage.split(',')) {
      const member = raw.trim();
      const equals = member.indexOf('=');
      const name = equals < 0 ? member : member.slice(0, equals).trimEnd();
      if (member !== '' && !entries.some(([own]) => own === name) && fitting(member)) others.push(member);
    }
  }
  return [...others, ...ours].join(',');
}

function encode(value: string): string {
  return plainOctet.test(value) ? value : value.toWellFormed().replace(toEncode, encodeURIComponent);
}

function decode(value: string): string | null {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}
