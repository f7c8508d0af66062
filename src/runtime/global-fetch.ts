import { withContext } from './outgoing.ts';

/** Global `fetch` carries the context to hosts of the mesh; to every other host it is the platform's own. */
export function wrapGlobalFetch(hosts: ReadonlySet<string>, service: string): void {
  if (hosts.size === 0) return;
  const bare = globalThis.fetch;
  const meshed = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (!hosts.has(hostOf(input))) return bare(input as RequestInfo, init);
    return bare(withContext(input, init, service), init?.signal ? { signal: init.signal } : undefined);
  };
  globalThis.fetch = meshed as typeof fetch;
}

function hostOf(input: RequestInfo | URL): string {
  try {
    return new URL(input instanceof Request ? input.url : String(input)).hostname.toLowerCase();
  } catch {
    // The platform's fetch says what is wrong with it.
    return '';
  }
}
