/** Where the keys of an issuer are, by OpenID Connect Discovery 1.0 (section 4), within the bounds of `fetch-jwks.ts`. */

import { jwksUriProblem } from '../core/jwks-uri.ts';
import type { Fetch } from './fetch-jwks.ts';
import { readBounded } from './read-bounded.ts';

const mostBytes = 64 * 1024;
const fetchMs = 5_000;

/** The `jwks_uri` of an issuer. Rejects with a sentence for operators; never follows a redirect. */
export async function discoverJwksUri(issuer: string, fetch: Fetch, allowLoopback: boolean): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const refused = jwksUriProblem(url, allowLoopback);
  if (refused !== undefined) throw new Error(refused.replace('the JWKS URI', 'the issuer'));
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(fetchMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the discovery document of the issuer answered ${response.status}`);
  }
  const text = await readBounded(response.body, mostBytes);
  if (text === undefined) throw new Error(`the discovery document is larger than ${mostBytes} bytes`);
  const found = JSON.parse(text) as Partial<Record<string, unknown>> | null;
  // Section 4.3: a document that speaks for another issuer is not to be used.
  if (found?.issuer !== issuer) throw new Error('the discovery document is that of another issuer');
  if (typeof found.jwks_uri !== 'string') throw new Error('the discovery document names no jwks_uri');
  return found.jwks_uri;
}
