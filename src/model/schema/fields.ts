/** The small things that fields hold: names, hosts, durations, sizes. */
import { parseDuration } from '../../core/duration.ts';
import { checked, either, literal, number, string, text, whole } from './form.ts';

/** Names of services and Workers, as Cloudflare names Workers. */
export const workerName = text(/^[a-z0-9_][a-z0-9_-]{0,62}$/);

/** Names that people give to versions, routes and rules; they become metric labels. */
export const givenName = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

export const hostName = text(
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
);

export const hostPattern = text(
  /^(?=.{1,253}$)(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
);

/** RFC 9110 section 5.1: a field name is a token. */
export const headerName = text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/);

/** What `Headers` accepts: no control characters, nothing beyond Latin-1. */
export const headerValue = text(/^[\t\x20-\x7e\x80-\xff]{0,8192}$/);

/** No call of a Worker lives that long, and a timer of more than 2^31 ms would fire at once. */
const longestMs = 86_400_000;
const durationText = text(/^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/);

export const duration = checked(durationText, (value) => (parseDuration(value) ?? 0) <= longestMs);

/** How long something is remembered, which no call waits for: a session, a cookie. */
export const lifetime = text(/^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/);

const textOrNumber = either(string, number(-Infinity, Infinity));

const percentForm = /^(?:100|[0-9]{1,2})(?:\.[0-9]{1,4})?%$/;

/** A share of all calls. */
export const share = checked(textOrNumber, (value) => {
  const number = parseShare(value);
  return number >= 0 && number <= 1;
});

/** `"5%"` is 0.05; NaN where the text is no share. */
export function parseShare(value: string | number): number {
  if (typeof value === 'number') return value;
  return percentForm.test(value) ? Number(value.slice(0, -1)) / 100 : Number.NaN;
}

const sizeForm = /^([0-9]{1,7})(B|KiB|MiB)$/;
const mebibyte = 1_048_576;

/** A number of bytes. */
export const size = checked(textOrNumber, (value) => {
  const bytes = parseSize(value);
  return Number.isInteger(bytes) && bytes >= 0 && bytes <= mebibyte;
});

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
);

/** HTTP methods are case-sensitive tokens; all in use are upper case. */
export const httpMethod = text(/^[A-Z][A-Z-]{0,31}$/);

export const anyMethod = either(httpMethod, literal('*'));

/** RFC 6265 section 4.1.1: a token, too. */
export const cookieName = text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/);

export const absoluteUrl = text(/^https?:\/\/[!-~]{1,2048}$/);
export const printableText = text(/^[\x20-\x7e]{1,1024}$/);
