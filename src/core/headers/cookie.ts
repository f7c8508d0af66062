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

/** All values under a name, in the order of the header. */
export function allCookieValues(header: string, name: string): readonly string[] {
  if (!header.includes(name)) return [];
  return header.split(';').flatMap((piece) => {
    const equals = piece.indexOf('=');
    return equals >= 0 && trimmed(piece.slice(0, equals)) === name ? [trimmed(piece.slice(equals + 1))] : [];
  });
}

/** The header without the cookies of a name, the others as they are; `''` where none is left. */
export function withoutCookie(header: string, name: string): string {
  const left = header.split(';').filter((piece) => trimmed(piece.slice(0, Math.max(piece.indexOf('='), 0))) !== name);
  return trimmed(left.join(';'));
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
