/** Key sets that are not what they should be, by the path of the key server that answers so. */

export interface KeySetRow {
  readonly path: string;
  readonly name: string;
  readonly source: string;
  /** What the record of the call tells; undefined where the set serves. */
  readonly says: RegExp | undefined;
}

export const keySetRows: readonly KeySetRow[] = [
  { path: '/good', name: 'a key set', source: 'RFC 7517 section 5', says: undefined },
  { path: '/missing', name: 'no key set: no key of anybody stands in', source: 'CVE-2026-31837', says: /answered 404/ },
  { path: '/broken', name: 'an issuer that fails', source: 'CVE-2026-31837', says: /answered 500/ },
  { path: '/empty', name: 'an empty answer', source: 'RFC 7517 section 5', says: /could not be fetched/ },
  { path: '/html', name: 'a page', source: 'RFC 7517 section 5', says: /could not be fetched/ },
  { path: '/null', name: 'null', source: 'RFC 7517 section 5', says: /did not answer with a key set/ },
  { path: '/list', name: 'a list', source: 'RFC 7517 section 5', says: /did not answer with a key set/ },
  { path: '/keys-object', name: 'keys that are no list', source: 'RFC 7517 section 5.1', says: /did not answer with/ },
  { path: '/moved', name: 'a redirect', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 302/ },
  { path: '/moved-for-good', name: 'a redirect for good', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 308/ },
  { path: '/moved-inward', name: 'a redirect to metadata', source: 'GHSA-fgw5-hp8f-xfhc', says: /answered 302/ },
  { path: '/refresh', name: 'a refresh header', source: 'GHSA-fgw5-hp8f-xfhc', says: /could not be fetched/ },
  { path: '/private', name: 'a private key', source: 'RFC 7517 section 9.2', says: /has no ES256 key/ },
  { path: '/secret', name: 'a symmetric key', source: 'CVE-2016-10555', says: /has no ES256 key/ },
  { path: '/for-encryption', name: 'a key for encryption', source: 'RFC 7517 section 4.2', says: /has no ES256 key/ },
  { path: '/for-signing', name: 'a key for signing', source: 'RFC 7517 section 4.3', says: /has no ES256 key/ },
  { path: '/nameless', name: 'a key without a name', source: 'RFC 7515 section 4.1.4', says: undefined },
  {
    path: '/one-nameless',
    name: 'a key without a name among keys that have one',
    source: 'RFC 7515 section 4.1.4',
    says: /has no ES256 key/,
  },
  { path: '/other-alg', name: 'a key for another alg', source: 'RFC 8725 section 3.1', says: /has no ES256 key/ },
  { path: '/other-curve', name: 'a key of another curve', source: 'RFC 8725 section 3.1', says: /has no ES256 key/ },
  {
    path: '/no-point',
    name: 'a point that is not on the curve',
    source: 'RFC 8725 section 3.4',
    says: /cannot verify/,
  },
  { path: '/number-as-kid', name: 'a kid that is a number', source: 'RFC 7517 section 4.5', says: /has no ES256 key/ },
  { path: '/short-rsa', name: 'an RSA key of 1024 bits', source: 'RFC 7518 section 3.3', says: /1024 bits/ },
  { path: '/thousand-last', name: 'a thousand keys before ours', source: 'CWE-400', says: /has no ES256 key/ },
  { path: '/thousand-first', name: 'a thousand keys behind ours', source: 'CWE-400', says: undefined },
  { path: '/huge', name: 'a key set of 300 kB', source: 'CWE-400', says: /larger than/ },
  { path: '/bomb', name: 'fifty megabytes in fifty kilobytes', source: 'CVE-2026-48044', says: /larger than/ },
  {
    path: '/deep',
    name: 'a hundred thousand brackets',
    source: 'CVE-2026-48042',
    says: /key set|could not be fetched/,
  },
  { path: '/endless', name: 'a body without an end', source: 'CWE-400', says: /larger than/ },
  { path: '/drip', name: 'a body that drips', source: 'CWE-400', says: /could not be fetched|not arrived/ },
  { path: '/silent', name: 'an issuer that is silent', source: 'CWE-400', says: /could not be fetched|not arrived/ },
];
