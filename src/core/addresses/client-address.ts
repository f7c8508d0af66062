/** The address of a caller from outside, by what the platform and trusted proxies say of it. */
import { parseIpBlock } from './ip-block.ts';

/**
 * `connected` is the address that connected (`CF-Connecting-IP`; `''` where no platform says it), `forwarded` the `X-Forwarded-For` header,
 * in which each proxy appends the address that connected to it, and which on Cloudflare ends with `connected`. Of `trustedProxies` the last
 * entries are believed, so the client's is the one before them; everything further left is the client's own word. Where there are fewer
 * entries, or that one is no address, the address that connected counts, as in Envoy.
 */
export function clientAddress(connected: string, forwarded: string | null, trustedProxies: number): string {
  if (trustedProxies === 0 || forwarded === null) return connected;
  let end = forwarded.length;
  let left = trustedProxies;
  // Where nothing has appended the address that connected, it stands for the entry of its own.
  const [last] = entryBefore(forwarded, end);
  if (last !== connected || connected === '') left -= 1;
  for (;;) {
    const [entry, start] = entryBefore(forwarded, end);
    // As a block, since a block is no address.
    if (left === 0) return parseIpBlock(`${entry}/0`) === undefined ? connected : entry;
    if (start === 0) return connected;
    left -= 1;
    end = start - 1;
  }
}

/** The entry that ends there, without port and brackets, and where it begins. */
function entryBefore(list: string, end: number): readonly [entry: string, start: number] {
  const start = list.lastIndexOf(',', end - 1) + 1;
  const text = list.slice(start, end).trim();
  if (/^\[.*\]/.test(text)) return [text.slice(1, text.indexOf(']')), start];
  const colon = text.indexOf(':');
  return [colon !== -1 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text, start];
}
