/**
 * From where a JWKS may be fetched. An edge runs inside somebody's network (or a developer's machine), so a document must not
 * be able to make it knock at private addresses. Names are judged by their text only: a Worker cannot resolve them, and
 * Cloudflare's own fetch does not reach private networks.
 */

import { ipMatcher } from '../addresses/ip-block.ts';

/** Why a JWKS URI is refused, in one sentence, or `undefined` where it may be fetched. `allowLoopback` is for development only. */
export function jwksUriProblem(uri: string, allowLoopback: boolean): string | undefined {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    return 'the JWKS URI is no absolute URL';
  }
  if (url.username !== '' || url.password !== '') return 'the JWKS URI holds credentials';
  // The trailing dot of a fully qualified name changes nothing about where it leads.
  const host = url.hostname.toLowerCase().replace(/\.+$/, '');
  if (isLoopback(host)) {
    if (!allowLoopback) return 'the JWKS URI leads to a loopback address';
    return url.protocol === 'https:' || url.protocol === 'http:' ? undefined : 'the JWKS URI is not http or https';
  }
  if (url.protocol !== 'https:') return 'the JWKS URI is not https';
  if (isPrivate(host)) return 'the JWKS URI leads to a private address';
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The special-purpose blocks of RFC 6890 and its successors, and multicast, are not global. */
const reservedIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // By which every virtual machine of Azure reaches its host; the address reads as a public one.
  '168.63.129.16',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Global unicast is 2000::/3; of it, protocol assignments (Teredo, ORCHID), documentation and 6to4 addresses can lead to an embedded or no real address. */
const unicastIpv6 = ['2000::/3'];
const reservedIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/16'];

/**
 * URL parsing has already brought every spelling of an IPv4 address into dotted decimals. The blocks are read where an address is judged,
 * which is once for many calls: read at module scope they were 6 percent of an edge's start.
 */
function isPrivate(host: string): boolean {
  if (host.startsWith('[')) {
    const address = host.slice(1, -1);
    return !ipMatcher(unicastIpv6)(address) || ipMatcher(reservedIpv6)(address);
  }
  return (
    ipMatcher(reservedIpv4)(host) ||
    !host.includes('.') ||
    /\.(?:local|localdomain|internal|intranet|lan|home\.arpa|svc)$/.test(host)
  );
}
