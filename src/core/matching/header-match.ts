/** Predicates over single values: headers, query parameters, hosts, names of RPC methods. */

export type ValuePredicate = (value: string) => boolean;

/** Exact, or `*.example.com` for any number of labels before the rest; `*` for all. Hosts are lower case and without port. */
export function hostPattern(pattern: string): ValuePredicate {
  const lower = pattern.toLowerCase();
  if (lower === '*') return () => true;
  if (!lower.startsWith('*.')) return (host) => host === lower;
  const suffix = lower.slice(1);
  return (host) => host.length > suffix.length && host.endsWith(suffix);
}

/** Whether the pattern of a name speaks of names below this one: `users.delete` and `users.d*` of some below `users`. */
export function belowPattern(pattern: string): ValuePredicate {
  return (name) => pattern.startsWith(`${name}.`);
}

/** Exact, or `refund*`; `*` for all. */
export function namePattern(pattern: string): ValuePredicate {
  if (!pattern.endsWith('*')) return (name) => name === pattern;
  const prefix = pattern.slice(0, -1);
  return (name) => name.startsWith(prefix);
}
