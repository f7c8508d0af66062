/** Instants of certificates. */
import { type DerValue, derTag } from './der.ts';

/**
 * The instant (ms since the epoch) of a time in the two forms of certificates: to the second, in Greenwich Mean Time, and in no other
 * way (RFC 5280 section 4.1.2.5).
 */
export function derTimeMs({ tag, content }: DerValue): number {
  let text = String.fromCharCode(...content);
  // Two digits are a year from 1950 to 2049 (section 4.1.2.5.1).
  if (tag === derTag.utcTime) text = `${text < '5' ? '20' : '19'}${text}`;
  else if (tag !== derTag.generalizedTime) throw new Error('no time');
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const ms = Date.parse(iso);
  // Read back, because the thirtieth of February is a date of March to who does not look.
  if (!Number.isFinite(ms) || new Date(ms).toISOString() !== iso) throw new Error('a time that is none');
  return ms;
}
