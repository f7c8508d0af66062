/** The small things that fields hold: names, hosts, durations, sizes. */
import * as v from 'valibot';
import { parseDuration } from '../../core/duration.ts';
import { text, whole } from './closed.ts';

/** Names of services and Workers, as Cloudflare names Workers. */
export const workerName = text(/^[a-z0-9_][a-z0-9_-]{0,62}$/, 'a name of at most 63 of a-z, 0-9, - and _');

/** Names that people give to versions, routes and rules; they become metric labels. */
export const givenName = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  'a name of at most 128 letters, digits, dots, - and _ that begins with a letter or digit',
);

export const hostName = text(
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
  'a host name without scheme and port, such as shop.example.com',
);

export const hostPattern = text(
  /^(?=.{1,253}$)(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
  'a host name such as shop.example.com, or *.example.com for any number of labels before it',
);

/** RFC 9110 section 5.1: a field name is a token. */
export const headerName = text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/, 'a header name (RFC 9110 token)');

/** What `Headers` accepts: no control characters, nothing beyond Latin-1. */
export const headerValue = text(
  /^[\t\x20-\x7e\x80-\xff]{0,8192}$/,
  'a header value of at most 8192 characters without line breaks; write numbers in quotes',
);

/** No call of a Worker lives that long, and a timer of more than 2^31 ms would fire at once. */
const longestMs = 86_400_000;
const durationPhrase = 'a duration of at most 24h such as 500ms, 2s or 1m30s (GEP-2257)';

export const duration = v.pipe(
  v.string(durationPhrase),
  v.regex(/^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/, durationPhrase),
  v.check((value) => (parseDuration(value) ?? 0) <= longestMs, durationPhrase),
);

/** How long something is remembered, which no call waits for: a session, a cookie. */
export const lifetime = v.pipe(
  v.string('a duration such as 30m or 720h (GEP-2257)'),
  v.regex(/^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/, 'a duration such as 30m or 720h (GEP-2257)'),
);

const percentForm = /^(?:100|[0-9]{1,2})(?:\.[0-9]{1,4})?%$/;
const sharePhrase = 'a share such as "5%", or a number from 0 to 1';

/** A share of all calls. */
export const share = v.pipe(
  v.union([v.string(), v.number()], sharePhrase),
  v.check((value) => {
    const number = parseShare(value);
    return number >= 0 && number <= 1;
  }, sharePhrase),
);

/** `"5%"` is 0.05; NaN where the text is no share. */
export function parseShare(value: string | number): number {
  if (typeof value === 'number') return value;
  return percentForm.test(value) ? Number(value.slice(0, -1)) / 100 : Number.NaN;
}

const sizeForm = /^([0-9]{1,7})(B|KiB|MiB)$/;
const sizePhrase = 'a size of at most 1MiB in bytes, or such as "64KiB"';
const mebibyte = 1_048_576;

/** A number of bytes. */
export const size = v.pipe(
  v.union([v.string(), v.number()], sizePhrase),
  v.check((value) => {
    const bytes = parseSize(value);
    return Number.isInteger(bytes) && bytes >= 0 && bytes <= mebibyte;
  }, sizePhrase),
);

/** `"64KiB"` is 65536; NaN where the text is no size. */
export function parseSize(value: string | number): number {
  if (typeof value === 'number') return value;
  const found = sizeForm.exec(value);
  if (found === null) return Number.NaN;
  return Number(found[1]) * (found[2] === 'MiB' ? mebibyte : found[2] === 'KiB' ? 1024 : 1);
}

export const percent = whole(0, 100);

/** An RPC method, or the path to a nested one, with `*` at the end or alone for any rest. */
export const rpcPattern = text(
  /^(?:[A-Za-z_$][A-Za-z0-9_$]{0,127}(?:\.[A-Za-z_$][A-Za-z0-9_$]{0,127}){0,7}(?:\.?\*)?|\*)$/,
  'an RPC method such as charge or users.list, or refund* for all that begin so',
);

/** HTTP methods are case-sensitive tokens; all in use are upper case. */
export const httpMethod = text(/^[A-Z][A-Z-]{0,31}$/, 'an HTTP method in upper case');
