/**
 * The keys of an issuer of which only the name is known: its metadata say where they are (OpenID Connect Discovery 1.0 section 4, RFC
 * 8414 section 3). Both the metadata and what they lead to are fetched only from where a document itself may lead.
 */
import { metadataUrls } from '../../core/tokens/issuer-metadata.ts';
import { type Fetch, type FetchedJson, fetchJson, fetchJwks, keySourceOf } from './fetch-jwks.ts';
import type { KeySource, LoadedKeys } from './key-cache.ts';

/** The key set to which an issuer's metadata lead. */
export function discoveredKeySource(
  issuer: string,
  fetch: Fetch,
  allowLoopback: boolean,
  timeoutMs?: number,
): KeySource {
  const load = (signal: AbortSignal) => discoverKeys(issuer, fetch, allowLoopback, signal);
  return keySourceOf(`discovery:${issuer}`, timeoutMs, load);
}

async function discoverKeys(
  issuer: string,
  fetch: Fetch,
  allowLoopback: boolean,
  signal: AbortSignal,
): Promise<LoadedKeys> {
  let found: FetchedJson = { kind: 'problem', detail: 'the issuer is no URL without query and fragment' };
  for (const url of metadataUrls(issuer)) {
    found = await fetchJson(url, 'metadata', fetch, allowLoopback, signal);
    // Only where there is nothing the other place may have it.
    if (found.kind === 'json' || found.status !== 404) break;
  }
  if (found.kind === 'problem') return { kind: 'problem', detail: found.detail };
  const { issuer: named, jwks_uri: uri } = Object(found.value) as Record<string, unknown>;
  // RFC 8414 section 3.3: otherwise one issuer could speak in the name of another.
  if (named !== issuer) return { kind: 'problem', detail: 'the metadata are those of another issuer' };
  if (typeof uri !== 'string') return { kind: 'problem', detail: 'the metadata name no jwks_uri' };
  return fetchJwks(uri, fetch, allowLoopback, signal);
}
