import type { Refused, TrustBundle } from '../../src/identity/authority.ts';
import { refused } from '../../src/identity/requests.ts';
import { sameSecret } from '../../src/identity/same-secret.ts';
import { isTrustDomain } from '../../src/identity/spiffe-id.ts';
import type { IdentityEnv } from './env.ts';

/**
 * The HTTP door, for operators only: `GET /.well-known/jwks.json?trust-domain=NAME` and `POST /rotate?trust-domain=NAME`.
 * A JWKS is public data, so it may be cached and passed on; but nobody without the token gets it from here.
 */
export async function answer(request: Request, env: IdentityEnv): Promise<Response> {
  const url = new URL(request.url);
  const shown = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  if (!env.TOKEN) return refusal(503, refused('token_not_set', 'The secret TOKEN of this Worker is not set.'));
  if (!(await sameSecret(shown, env.TOKEN))) {
    const headers = { 'www-authenticate': 'Bearer realm="selvedge identity"' };
    return refusal(401, refused('unauthorized', 'Send the operator token as `authorization: Bearer TOKEN`.'), headers);
  }
  const method = { '/.well-known/jwks.json': 'GET', '/rotate': 'POST' }[url.pathname];
  if (method === undefined) return refusal(404, refused('not_found', 'There is nothing at this path.'));
  if (request.method !== method && !(method === 'GET' && request.method === 'HEAD')) {
    return refusal(405, refused('method_not_allowed', `Use ${method}.`), { allow: method });
  }
  const trustDomain = url.searchParams.get('trust-domain') ?? '';
  if (!isTrustDomain(trustDomain)) {
    return refusal(400, refused('bad_trust_domain', 'Name the trust domain: `?trust-domain=NAME`.'));
  }
  const authority = env.KEY_AUTHORITY.getByName(trustDomain);
  return method === 'POST' ? Response.json({ keys: await authority.rotate() }) : jwks(request, await authority.jwks());
}

/** Freshness and stale-while-revalidate together are the greatest age of a copy that the rotation reckons with. */
async function jwks(request: Request, bundle: TrustBundle | Refused): Promise<Response> {
  if ('error' in bundle) return refusal(503, bundle);
  const body = JSON.stringify({ keys: bundle.keys });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)));
  const etag = `"${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
  const half = Math.floor(bundle.maxAgeMs / 2000);
  const headers = {
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${half}, stale-while-revalidate=${half}`,
    etag,
  };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) ? new Response(null, { status: 304, headers }) : new Response(body, { headers });
}

function refusal(status: number, body: Refused, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } });
}
