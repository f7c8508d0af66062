/** Hostnames of listeners and routes: exact, `*.suffix`, or `undefined` for every host. */
export type Hostname = string | undefined;

/** The narrower of two hostnames, or `null` where no host has both. */
export function intersect(a: Hostname, b: Hostname): Hostname | null {
  if (a === undefined || a === b) return b;
  if (b === undefined) return a;
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  return null;
}

/** `*.example.com` covers any number of labels before the suffix, and never the suffix itself. */
function covers(wildcard: string, other: string): boolean {
  if (!wildcard.startsWith('*.')) return false;
  const name = other.startsWith('*.') ? other.slice(1) : other;
  return name.endsWith(wildcard.slice(1)) && name.length > wildcard.length - 1;
}

/** Sorts the more specific first: exact names, then wildcards by length, then every host. */
export function bySpecificity(a: Hostname, b: Hostname): number {
  return rank(b) - rank(a) || (b ?? '').length - (a ?? '').length;
}

function rank(hostname: Hostname): number {
  if (hostname === undefined) return 0;
  return hostname.startsWith('*.') ? 1 : 2;
}
