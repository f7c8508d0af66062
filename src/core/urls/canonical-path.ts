/**
 * The one canonical form of a request target: what is judged by routes and access rules is what is forwarded.
 *
 * A Worker sees `request.url` as it was sent, `%2e%2e` and backslashes included, while `URL.pathname` resolves them; whoever
 * judges one and forwards the other can be passed by. So the raw URL is read once, by slicing, and where its canonical
 * form differs the request is rebuilt with it. The canonical path is a fixed point, and equals `new URL(it).pathname`.
 *
 * The modes are Istio's. `base`: dot segments are resolved (RFC 3986 section 5.2.4), `\` becomes `/`, and escapes of unreserved
 * characters are decoded; `%2F` and `%5C` stay. `merge-slashes` then merges runs of `/`. `decode-and-merge-slashes` also
 * decodes `%2F` and `%5C` first. `none` touches nothing but a URL with a fragment,
 * which is no part of a path and goes out in no mode.
 *
 * A host is judged as it is written, so one that a URL parser would read as another (`0x7f.1` as `127.0.0.1`) is refused, as is
 * a port beyond 65535: the callee, which parses, would see what nobody judged.
 *
 * Decided where Istio leaves it open: a `%` that begins no escape becomes `%25` (left alone, `%%32%65` would decode to `%2e` in
 * two steps); escapes that are not UTF-8 stay as they are, since nothing they could hide is ever decoded; characters that a URL
 * cannot hold are percent-encoded as UTF-8; NUL (`%00`) and raw control characters are refused in every mode.
 */

/** Istio's path normalisations; `base` unless a document says otherwise. */
export type Normalization = 'none' | 'base' | 'merge-slashes' | 'decode-and-merge-slashes';

export type CanonicalTarget =
  | {
      readonly ok: true;
      /** Lower case, without port and without the dot of a fully qualified name. */
      readonly host: string;
      /** Host and port as they were sent. */
      readonly authority: string;
      readonly path: string;
      /** Without its `?`; as it was sent. */
      readonly query: string;
      /** Whether `url` differs from what was sent, so that the request must be rebuilt. */
      readonly changed: boolean;
      readonly url: string;
    }
  | { readonly ok: false; readonly detail: string };

const hash = 0x23;
const percent = 0x25;
const dot = 0x2e;
const slash = 0x2f;
const question = 0x3f;
const backslash = 0x5c;

const authorityForm = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?$/;
/** Names and ports that every parser reads alike, but for labels of punycode: the last label begins no number, a port has four digits at most. */
const plainAuthority = /^(?:[A-Za-z0-9_-]+\.)*[A-Za-z_-][A-Za-z0-9_-]*\.?(?::[1-9][0-9]{0,3})?$/;
const unreserved = /^[A-Za-z0-9\-._~]$/;

/** What a character of a path asks for: 0 nothing, 1 the slow path. Everything at or above 0x80 asks for the slow path. */
const needsWork = new Uint8Array(128);
for (const character of ' "#%<>?\\^`{}') needsWork[character.charCodeAt(0)] = 1;

/** Reads an absolute `http(s)` URL. `ok: false` is a request that must be answered with 400. */
export function canonicalTarget(rawUrl: string, normalization: Normalization): CanonicalTarget {
  const schemeEnd = rawUrl.indexOf('://');
  const scheme = schemeEnd === 4 || schemeEnd === 5 ? rawUrl.slice(0, schemeEnd).toLowerCase() : '';
  if (scheme !== 'http' && scheme !== 'https')
    return { ok: false, detail: 'the URL is not an absolute http or https URL' };

  const length = rawUrl.length;
  let pathStart = schemeEnd + 3;
  for (; pathStart < length; pathStart += 1) {
    const code = rawUrl.charCodeAt(pathStart);
    if (code === slash || code === question || code === hash || code === backslash) break;
  }
  const authority = rawUrl.slice(schemeEnd + 3, pathStart);
  const host = hostOf(authority);
  const plainHost = plainAuthority.test(authority) && !authority.includes('--');
  if (!plainHost && !readsAlike(authority, host))
    return { ok: false, detail: 'the host is not one that a URL names so' };

  let pathEnd = -1;
  let end = length;
  let plain = pathStart < length && rawUrl.charCodeAt(pathStart) === slash;
  let previous = 0;
  for (let index = pathStart; index < length; index += 1) {
    const code = rawUrl.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return { ok: false, detail: 'the URL has a control character' };
    if (code === hash) {
      end = index;
      break;
    }
    if (pathEnd >= 0) continue;
    if (code === question) {
      pathEnd = index;
      continue;
    }
    // A segment that begins with a dot may be a dot segment, and two slashes may have to be merged.
    if (code >= 0x80 || needsWork[code] === 1 || (previous === slash && (code === dot || code === slash)))
      plain = false;
    previous = code;
  }
  if (pathEnd < 0) pathEnd = end;

  const rawPath = rawUrl.slice(pathStart, pathEnd);
  const query = pathEnd < end ? rawUrl.slice(pathEnd + 1, end) : '';
  if (plain && end === length) return { ok: true, host, authority, path: rawPath, query, changed: false, url: rawUrl };
  if (/%00/.test(rawPath)) return { ok: false, detail: 'the path has a NUL character' };

  if (normalization === 'none') {
    if (end === length) return { ok: true, host, authority, path: rawPath, query, changed: false, url: rawUrl };
    // To take out the fragment is to build the URL anew, by the runtime too, which resolves dot segments: before anything judges, then.
    const { href, pathname } = new URL(rawUrl.slice(0, end));
    return { ok: true, host, authority, path: pathname, query, changed: true, url: href };
  }
  const path = canonicalPath(rawPath, normalization);
  if (path === rawPath && end === length)
    return { ok: true, host, authority, path, query, changed: false, url: rawUrl };
  const url = `${rawUrl.slice(0, pathStart)}${path}${rawUrl.slice(pathEnd, end)}`;
  return { ok: true, host, authority, path, query, changed: true, url };
}

/** Whether a URL parser finds in the authority the very host that is written there; the slow path of rare authorities. */
function readsAlike(authority: string, host: string): boolean {
  const url = `http://${authority}/`;
  return authorityForm.test(authority) && URL.canParse(url) && new URL(url).hostname.replace(/\.$/, '') === host;
}

function hostOf(authority: string): string {
  const portAt = authority.lastIndexOf(':');
  let host = portAt > authority.lastIndexOf(']') ? authority.slice(0, portAt) : authority;
  if (host.endsWith('.')) host = host.slice(0, -1);
  return host.toLowerCase();
}

function canonicalPath(raw: string, normalization: Exclude<Normalization, 'none'>): string {
  const decoded = decodeUnreserved(raw, normalization === 'decode-and-merge-slashes');
  const resolved = removeDotSegments(decoded);
  return normalization === 'base' ? resolved : resolved.replace(/\/{2,}/g, '/');
}

/** One pass, never fed its own output: escapes of unreserved characters decoded, the rest kept or made an escape. */
function decodeUnreserved(raw: string, decodeSlashes: boolean): string {
  let text = '';
  for (let index = 0; index < raw.length; index += 1) {
    const code = raw.charCodeAt(index);
    if (code === backslash) text += '/';
    else if (code !== percent) {
      if (code < 0x80 && needsWork[code] === 0) text += raw[index];
      else {
        const character = String.fromCodePoint(raw.codePointAt(index) as number);
        text += encodeURIComponent(character.toWellFormed());
        index += character.length - 1;
      }
    } else {
      const escaped = raw.slice(index, index + 3);
      if (!/^%[0-9A-Fa-f]{2}$/.test(escaped)) {
        text += '%25';
        continue;
      }
      const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      if (unreserved.test(character)) text += character;
      else if (decodeSlashes && (character === '/' || character === '\\')) text += '/';
      else text += escaped;
      index += 2;
    }
  }
  return text;
}

/** RFC 3986 section 5.2.4 for a path whose escapes of dots are decoded; `/a//../b` is `/a/b`, as in the URL standard. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  // What stands before the first slash is empty: a path begins with one, and an empty path counts as one slash.
  for (let index = 1; index < segments.length; index += 1) {
    const segment = segments[index] as string;
    const last = index === segments.length - 1;
    if (segment === '..') {
      kept.pop();
      if (last) kept.push('');
    } else if (segment === '.') {
      if (last) kept.push('');
    } else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
