/** The query of a URL as a form (URL standard, application/x-www-form-urlencoded), mostly read without an API object. */

/** The value of a parameter, of a repeated one the first; `null` where there is none. `query` is without its `?`. */
export function queryValue(query: string, name: string): string | null {
  if (isEncoded(query)) return parsed(query).get(name);
  // In a query without escapes no name has these.
  if (name.includes('=') || name.includes('&')) return null;
  // A piece without text, as between two ampersands, is no parameter of the empty name.
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand < 0 ? query.length : ampersand;
    if (end > start && query.startsWith(name, start)) {
      const after = start + name.length;
      if (after === end) return '';
      if (query[after] === '=') return query.slice(after + 1, end);
    }
    start = end + 1;
  }
  return null;
}

/** All values by name, where many names are asked for; of a repeated one the first. */
export function queryValues(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const add = (value: string, name: string): void => {
    if (!values.has(name)) values.set(name, value);
  };
  if (isEncoded(query)) parsed(query).forEach(add);
  else {
    for (const piece of query.split('&')) {
      const equals = piece.indexOf('=');
      if (piece !== '') add(equals < 0 ? '' : piece.slice(equals + 1), equals < 0 ? piece : piece.slice(0, equals));
    }
  }
  return values;
}

/** All values of a parameter, in the order of the query. */
export function allQueryValues(query: string, name: string): readonly string[] {
  return isEncoded(query) || query.includes(name) ? parsed(query).getAll(name) : [];
}

/** The query without a parameter, whichever way its name is written; what is left stays as it is. */
export function withoutQueryValue(query: string, name: string): string {
  // Each piece with text is one entry, in the same order: anybody can send thousands, and each must not cost an object.
  const decoded: string[] = [];
  parsed(query).forEach((_value, found) => {
    decoded.push(found);
  });
  const names = decoded.values();
  return query
    .split('&')
    .filter((piece) => piece === '' || names.next().value !== name)
    .join('&');
}

/** As a URL parses its own query: a question mark at the beginning is the first name's, and would be left out without an ampersand before it. */
function parsed(query: string): URLSearchParams {
  return new URLSearchParams(`&${query}`);
}

function isEncoded(query: string): boolean {
  return query.includes('%') || query.includes('+');
}
