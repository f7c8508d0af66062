/** Fetches the JWKS of an issuer outside the mesh, within bounds of place, time and size. */
import { publicKeys } from './jwks.ts';
import { jwksUriProblem } from './jwks-uri.ts';
import type { KeySource, LoadedKeys } from './key-cache.ts';
import { readBounded } from './read-bounded.ts';

/** The platform's `fetch`, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const mostBytes = 256 * 1024;
const fetchMs = 5_000;
/** An issuer's keys are looked at again after 5 minutes in the background, and waited for after an hour without calls. */
const refreshAfterMs = 5 * 60_000;
const waitAfterMs = 60 * 60_000;

/** The key set behind a `jwksUri`. */
export function issuerKeySource(uri: string, fetch: Fetch, allowLoopback: boolean): KeySource {
  return {
    id: uri,
    load: () => fetchJwks(uri, fetch, allowLoopback),
    refreshAfterMs,
    waitAfterMs,
    waitMs: fetchMs,
  };
}

/** One fetch: no redirects (they could lead anywhere), at most 5 s and 256 kB. Never rejects. */
export async function fetchJwks(uri: string, fetch: Fetch, allowLoopback: boolean): Promise<LoadedKeys> {
  const refused = jwksUriProblem(uri, allowLoopback);
  if (refused !== undefined) return problem(refused);
  try {
    const response = await fetch(uri, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(fetchMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return problem(`the JWKS URI answered ${response.status}`);
    }
    const text = await readBounded(response.body, mostBytes);
    if (text === undefined) return problem(`the JWKS is larger than ${mostBytes} bytes`);
    const keys = publicKeys(JSON.parse(text));
    return keys === undefined ? problem('the JWKS URI did not answer with a key set') : { kind: 'keys', keys, text };
  } catch (error) {
    return problem(`the JWKS could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function problem(detail: string): LoadedKeys {
  return { kind: 'problem', detail };
}
