/**
 * From where a JWKS may be fetched. An edge runs inside somebody's network (or a developer's machine), so a document must not
 * be able to make it knock at private addresses. Names are judged by their text only: a Worker cannot resolve them, and
 * Cloudflare's own fetch does not reach private networks.
 */

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
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
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

/** By which every virtual machine of Azure reaches its host; the address reads as a public one. */
const azureHost = '168.63.129.16';

/** URL parsing has already brought every spelling of an IPv4 address into dotted decimals. */
function isPrivate(host: string): boolean {
  if (host.startsWith('[')) return !isGlobalIpv6(host.slice(1, -1));
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  if (octets !== null)
    return host === azureHost || !isGlobalIpv4(Number(octets[1]), Number(octets[2]), Number(octets[3]));
  return !host.includes('.') || /\.(?:local|localdomain|internal|intranet|lan|home\.arpa|svc)$/.test(host);
}

/** The special-purpose blocks of RFC 6890 and its successors are not global; neither is multicast. */
function isGlobalIpv4(a: number, b: number, c: number): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b <= 127) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b <= 31) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

/** Global unicast is 2000::/3; of it, Teredo, documentation and 6to4 addresses can lead to an embedded or no real address. */
function isGlobalIpv6(address: string): boolean {
  const [first, second] = address.split(':');
  const block = Number.parseInt(first || '0', 16);
  if (block < 0x2000 || block > 0x3fff || block === 0x2002 || block === 0x3fff) return false;
  return !(block === 0x2001 && (second === '' || second === '0' || second === 'db8'));
}
