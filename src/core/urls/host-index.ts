/** What is said for a host by name, by wildcard, or for all: the rule of the Gateway API's listeners and Istio's gateways. */

/** Finds what the patterns say for a host, which is lower case and has no port. */
export type HostIndex<Value> = (host: string) => Value | undefined;

/**
 * Patterns are names, `*.example.com` for any number of labels before it (one at least), or `*`, in any case. A name goes before the
 * longest wildcard, that before shorter ones, and `*` comes last; of equal patterns the first counts. A look-up costs one step for each
 * label of the host, however many patterns there are.
 */
export function hostIndex<Value>(entries: Iterable<readonly [pattern: string, value: Value]>): HostIndex<Value> {
  const names = new Map<string, Value>();
  const wildcards = new Map<string, Value>();
  let rest: Value | undefined;
  for (const [pattern, value] of entries) {
    const host = pattern.toLowerCase();
    if (host === '*') rest ??= value;
    else {
      const [map, key] = host.startsWith('*.') ? ([wildcards, host.slice(1)] as const) : ([names, host] as const);
      if (!map.has(key)) map.set(key, value);
    }
  }
  return (host) => {
    const named = names.get(host);
    if (named !== undefined || wildcards.size === 0) return named ?? rest;
    for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const found = wildcards.get(host.slice(dot));
      if (found !== undefined) return found;
    }
    return rest;
  };
}
