/** Host names of listeners and routes: exact, `*.suffix`, or `undefined` for every host. */
export type Hostname = string | undefined;

/** Whether any host has both. */
export function intersects(one: Hostname, other: Hostname): boolean {
  if (one === undefined || other === undefined || one === other) return true;
  return covers(one, other) || covers(other, one);
}

/** `*.example.com` covers any number of labels before the suffix, and never the suffix itself. */
function covers(wildcard: string, other: string): boolean {
  if (!wildcard.startsWith('*.')) return false;
  const name = other.startsWith('*.') ? other.slice(1) : other;
  return name.endsWith(wildcard.slice(1)) && name.length > wildcard.length - 1;
}

/** Sorts the more specific first: exact names by length, then wildcards by length, then every host. */
export function bySpecificity(one: Hostname, other: Hostname): number {
  return rank(other) - rank(one) || (other ?? '').length - (one ?? '').length;
}

function rank(hostname: Hostname): number {
  if (hostname === undefined) return 0;
  return hostname.startsWith('*.') ? 1 : 2;
}
