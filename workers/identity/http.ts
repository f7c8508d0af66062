import { addressNetwork } from '../../src/core/addresses/address-network.ts';
import { ownEntry } from '../../src/core/own-entry.ts';
import { readBoundedText } from '../../src/core/read-bounded.ts';
import type { IdentityErrorCode, Refused } from '../../src/identity/authority.ts';
import type { IdentityOperator } from '../../src/identity/operators/operator.ts';
import { certificateRequest, tokenRequest } from '../../src/identity/proofs/issue-request.ts';
import { refused } from '../../src/identity/requests.ts';
import { sameSecret } from '../../src/identity/same-secret.ts';
import { isTrustDomain } from '../../src/identity/spiffe-id.ts';
import type { IdentityEnv } from './env.ts';
import { longestWaitSeconds } from './issuer.ts';
import type { KeyAuthority } from './key-authority.ts';

/** Longest body: a bundle with many roots is the largest thing that anybody sends. */
const mostBytes = 512 * 1024;

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly body: unknown;
  readonly authority: DurableObjectStub<KeyAuthority>;
}

/** Answers with what becomes the JSON of the response, or with a whole response. */
type Answer = (asked: Asked) => Promise<object>;

/** For everybody: public keys, and what proves itself. */
const openRoutes: Readonly<Record<string, Answer>> = {
  'GET /.well-known/jwks.json': async ({ authority, request }) => {
    const held = await authority.jwks();
    return 'error' in held ? held : published(request, { keys: held.keys }, 'application/jwk-set+json', held.maxAgeMs);
  },
  'GET /v1/bundle': async ({ authority, request }) => {
    const bundle = await authority.bundle();
    return 'error' in bundle
      ? bundle
      : published(request, bundle, 'application/json', bundle.spiffe_refresh_hint * 2000);
  },
  'POST /v1/svid/x509': async ({ authority, body, request }) => {
    const wanted = certificateRequest(body);
    return 'error' in wanted ? wanted : authority.issueCertificate(wanted, addressOf(request));
  },
  'POST /v1/svid/jwt': async ({ authority, body, request }) => {
    const wanted = tokenRequest(body);
    return 'error' in wanted ? wanted : authority.issueToken(wanted, addressOf(request));
  },
};

/** For who shows the operator's token. */
const operatorRoutes: Readonly<Record<string, Answer>> = {
  'POST /v1/tokens': ({ authority, body }) => operate(authority, 'createJoinToken', body),
  'GET /v1/attestation': ({ authority }) => operate(authority, 'attestations'),
  'POST /v1/attestation': ({ authority, body }) => operate(authority, 'addAttestation', body),
  'DELETE /v1/attestation': ({ authority, url }) => operate(authority, 'removeAttestation', url.searchParams.get('id')),
  'GET /v1/revocations': ({ authority }) => operate(authority, 'revocations'),
  'POST /v1/revocations': ({ authority, body }) => operate(authority, 'revoke', body),
  'DELETE /v1/revocations': ({ authority, url }) => operate(authority, 'lift', url.searchParams.get('spiffeId')),
  'POST /v1/rotate': ({ authority, body }) => operate(authority, 'rotate', (body as { key?: unknown } | null)?.key),
  'GET /v1/keys': ({ authority }) => operate(authority, 'keys'),
  'GET /v1/audit': ({ authority, url }) => operate(authority, 'audit', Object.fromEntries(url.searchParams)),
  'GET /v1/federation': ({ authority }) => operate(authority, 'federations'),
  'POST /v1/federation': ({ authority, body }) => operate(authority, 'federate', body),
  'DELETE /v1/federation': ({ authority, url }) =>
    operate(authority, 'unfederate', url.searchParams.get('trustDomain')),
};

/**
 * The HTTP door. The trust domain is that of `?trust-domain=NAME`, else the deployment's own (var TRUST_DOMAIN). Who shows no
 * operator's token is served for the deployment's own trust domain only: an authority comes into being when it is asked.
 */
export async function answer(request: Request, env: IdentityEnv): Promise<Response> {
  const url = new URL(request.url);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const trustDomain = url.searchParams.get('trust-domain') ?? env.TRUST_DOMAIN ?? '';
  const open = lookUp(openRoutes, `${method} ${url.pathname}`);
  if (open === undefined || trustDomain === '' || trustDomain !== env.TRUST_DOMAIN) {
    const shut = await operatorProblem(request, env);
    if (shut !== undefined) return shut;
  }
  const route = open ?? lookUp(operatorRoutes, `${method} ${url.pathname}`);
  if (route === undefined) return notFound(url.pathname);
  if (!isTrustDomain(trustDomain)) {
    return refusal(refused('bad_trust_domain', 'Name the trust domain: `?trust-domain=NAME`.'));
  }
  const body = await readBody(request);
  if (body === unreadable) {
    return refusal(
      refused(
        'bad_request',
        `The body must be JSON of at most ${mostBytes} bytes, and not nest deeper than ${deepest}.`,
      ),
    );
  }
  const said = await route({ request, url, body, authority: env.KEY_AUTHORITY.getByName(trustDomain) });
  if (said instanceof Response) return said;
  if ('error' in said) return refusal(said as Refused);
  return Response.json(said, { headers: { 'cache-control': 'no-store' } });
}

async function operatorProblem(request: Request, env: IdentityEnv): Promise<Response | undefined> {
  const shown = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  if (!env.TOKEN) return refusal(refused('token_not_set', 'The secret TOKEN of this Worker is not set.'));
  if (await sameSecret(shown, env.TOKEN)) return undefined;
  const headers = { 'www-authenticate': 'Bearer realm="selvedge identity"' };
  return refusal(refused('unauthorized', 'Send the operator token as `authorization: Bearer TOKEN`.'), headers);
}

function operate(
  authority: DurableObjectStub<KeyAuthority>,
  operation: keyof IdentityOperator,
  input?: unknown,
): Promise<object> {
  return authority.operate(operation, input, 'operator (token)');
}

function lookUp(routes: Readonly<Record<string, Answer>>, name: string): Answer | undefined {
  return ownEntry(routes, name);
}

function notFound(path: string): Response {
  const methods = [...Object.keys(openRoutes), ...Object.keys(operatorRoutes)]
    .map((name) => name.split(' ') as [string, string])
    .filter(([, known]) => known === path)
    .map(([method]) => method);
  if (methods.length === 0) return refusal(refused('not_found', 'There is nothing at this path.'));
  const allow = methods.join(', ');
  return refusal(refused('method_not_allowed', `Use ${allow}.`), { allow });
}

const unreadable = Symbol('unreadable');

async function readBody(request: Request): Promise<unknown> {
  const text = await readBoundedText(request.body, mostBytes);
  if (text === undefined) return unreadable;
  if (text === '') return undefined;
  try {
    const body: unknown = JSON.parse(text);
    return isDeeper(body, deepest) ? unreadable : body;
  } catch {
    return unreadable;
  }
}

/** Bundles nest four deep. What nests without end could not be handed on. */
const deepest = 32;

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((member) => isDeeper(member, most - 1));
}

/** Cloudflare sets the header, and removes the one that a client sends. */
function addressOf(request: Request): string {
  return addressNetwork(request.headers.get('cf-connecting-ip') ?? 'unknown');
}

/**
 * Public keys, which may be cached and passed on. Freshness and stale-while-revalidate together are the greatest age of a copy
 * that the rotation reckons with.
 */
async function published(request: Request, content: object, type: string, maxAgeMs: number): Promise<Response> {
  const body = JSON.stringify(content);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)));
  const etag = `"${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
  const half = Math.floor(maxAgeMs / 2000);
  const headers = {
    'content-type': type,
    'cache-control': `public, max-age=${half}, stale-while-revalidate=${half}`,
    etag,
  };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) ? new Response(null, { status: 304, headers }) : new Response(body, { headers });
}

/** Codes that are not here are about the request itself: 400. */
const statuses: Partial<Record<IdentityErrorCode, number>> = {
  unauthorized: 401,
  proof_failed: 401,
  identity_revoked: 403,
  not_found: 404,
  unknown_trust_domain: 404,
  method_not_allowed: 405,
  too_many_failures: 429,
  token_not_set: 503,
  encryption_key_not_set: 503,
  encryption_key_weak: 503,
  encryption_key_wrong: 503,
};

function refusal({ error }: Refused, headers: Record<string, string> = {}): Response {
  const status = statuses[error.code] ?? 400;
  const wait: Record<string, string> = status === 429 ? { 'retry-after': String(longestWaitSeconds) } : {};
  return Response.json({ error }, { status, headers: { 'cache-control': 'no-store', ...wait, ...headers } });
}
