/** Fetches the JWKS of an issuer outside the mesh, within bounds of place, time and size. */

import { readBoundedText } from '../../core/read-bounded.ts';
import { jwksUriProblem } from '../../core/tokens/jwks-uri.ts';
import { publicKeys } from './jwks.ts';
import type { KeySource, LoadedKeys } from './key-cache.ts';

/** The platform's `fetch`, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const mostBytes = 256 * 1024;
/** Longest time for keys where the rule does not say; Istio's value. */
const usualTimeoutMs = 5_000;
/** An issuer's keys are looked at again after 5 minutes in the background, and waited for after an hour without calls. */
const refreshAfterMs = 5 * 60_000;
const waitAfterMs = 60 * 60_000;

/** The key set behind a `jwksUri`. */
export function issuerKeySource(
  uri: string,
  fetch: Fetch,
  allowLoopback: boolean,
  timeoutMs: number = usualTimeoutMs,
): KeySource {
  return keySourceOf(uri, timeoutMs, (signal) => fetchJwks(uri, fetch, allowLoopback, signal));
}

/** A source with the ages that issuers outside the mesh have. Loading it is given up after `timeoutMs`, however many fetches it takes. */
export function keySourceOf(
  id: string,
  timeoutMs: number = usualTimeoutMs,
  load: (signal: AbortSignal) => Promise<LoadedKeys>,
): KeySource {
  return { id, load: () => load(AbortSignal.timeout(timeoutMs)), refreshAfterMs, waitAfterMs, waitMs: timeoutMs };
}

/** One fetch: no redirects (they could lead anywhere), and at most 256 kB. Never rejects. */
export async function fetchJwks(
  uri: string,
  fetch: Fetch,
  allowLoopback: boolean,
  signal: AbortSignal = AbortSignal.timeout(usualTimeoutMs),
): Promise<LoadedKeys> {
  const found = await fetchJson(uri, 'JWKS', fetch, allowLoopback, signal);
  if (found.kind === 'problem') return problem(found.detail);
  const keys = publicKeys(found.value);
  return keys === undefined
    ? problem('the JWKS URI did not answer with a key set')
    : { kind: 'keys', keys, text: JSON.stringify(keys) };
}

export type FetchedJson =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly detail: string; readonly status?: number };

/** Fetches a JSON text from where keys may be fetched; `what` says in problems what it is. Never rejects. */
export async function fetchJson(
  uri: string,
  what: string,
  fetch: Fetch,
  allowLoopback: boolean,
  signal: AbortSignal,
): Promise<FetchedJson> {
  const refused = jwksUriProblem(uri, allowLoopback);
  if (refused !== undefined) return problem(refused);
  try {
    const accept = 'application/jwk-set+json, application/json';
    const response = await fetch(uri, { headers: { accept }, redirect: 'manual', signal });
    const { status } = response;
    if (status !== 200) {
      await response.body?.cancel();
      return { ...problem(`the ${what} URI answered ${status}`), status };
    }
    const text = await readBoundedText(response.body, mostBytes);
    if (text === undefined) return problem(`the ${what} is larger than ${mostBytes} bytes`);
    return { kind: 'json', value: JSON.parse(text) };
  } catch (error) {
    return problem(`the ${what} could not be fetched: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function problem(detail: string): { readonly kind: 'problem'; readonly detail: string } {
  return { kind: 'problem', detail };
}
