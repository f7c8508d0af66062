/** The query of a URL as a form (URL standard, application/x-www-form-urlencoded). */

/** What has to be decoded; a query without it, which is nearly every one, is read without an API object. */
const encoded = /[%+\u0080-\uffff]/;

/** Values by name, of a repeated one the first. `query` is without its `?`. */
export function queryValues(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (encoded.test(query)) {
    new URLSearchParams(query).forEach((value, name) => {
      if (!values.has(name)) values.set(name, value);
    });
    return values;
  }
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand < 0 ? query.length : ampersand;
    if (end > start) {
      const piece = query.slice(start, end);
      const equals = piece.indexOf('=');
      const name = equals < 0 ? piece : piece.slice(0, equals);
      if (!values.has(name)) values.set(name, equals < 0 ? '' : piece.slice(equals + 1));
    }
    start = end + 1;
  }
  return values;
}
