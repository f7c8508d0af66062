/** The `Cookie` header (RFC 6265 section 4.2.1): pairs divided by semicolons, names and values as they are, quotes and escapes included. */

/** Values by name; of a repeated name the first, as user agents send the most specific cookie first. A piece without `=` is no cookie. */
export function cookieValues(header: string | null): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (header === null) return values;
  for (const piece of header.split(';')) {
    const equals = piece.indexOf('=');
    const name = trimmed(piece.slice(0, Math.max(equals, 0)));
    if (name !== '' && !values.has(name)) values.set(name, trimmed(piece.slice(equals + 1)));
  }
  return values;
}

/**
 * All values under a name that some reader could find, in the order of the header: a comma divides too, as where several lines were joined,
 * or as RFC 2965 had it. Quotes around a value are no part of it (RFC 6265 section 4.1.1, as Envoy reads it).
 */
export function allCookieValues(header: string, name: string): readonly string[] {
  if (!header.includes(name)) return [];
  const found = header.split(/[;,]/).filter((piece) => isNamed(piece, name));
  return found.map((piece) => trimmed(piece.slice(piece.indexOf('=') + 1)).replace(/^"(.*)"$/, '$1'));
}

/** The header without these values, the others as they are; `''` where none is left. */
export function withoutCookie(header: string, name: string): string {
  const left: string[] = [];
  for (const pair of header.split(';')) {
    const kept = pair.includes(name) ? pair.split(',').filter((piece) => !isNamed(piece, name)) : undefined;
    // Most pairs are others, and anybody can send tens of thousands: none of them becomes a list.
    if (kept === undefined) left.push(pair);
    else if (kept.length > 0) left.push(kept.join(','));
  }
  return trimmed(left.join(';'));
}

/** A piece without `=` is no cookie. */
function isNamed(piece: string, name: string): boolean {
  if (!piece.includes(name)) return false;
  const equals = piece.indexOf('=');
  return equals >= 0 && trimmed(piece.slice(0, equals)) === name;
}

/** Without the spaces and tabs around it, which is what RFC 6265 lets stand there. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
