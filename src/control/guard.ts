/** The lock before every route of control, and the one place where a browser's `?token=` becomes a cookie. */
import type { Context, MiddlewareHandler } from 'hono';
import { sameSecret } from '../identity/same-secret.ts';
import { defaultHosts, describeRefusal, type Refusal, refuse } from './access.ts';
import { answerError } from './answer.ts';
import { findCredential, sessionCookie } from './credential.ts';
import type { ControlHono } from './hono-env.ts';

const refusalStatus: Readonly<Record<Refusal['code'], 401 | 403 | 421 | 503>> = {
  host_refused: 421,
  origin_refused: 403,
  no_token_configured: 503,
  unauthenticated: 401,
};

/** A page opened with the token in its address: the cookie is set and the address is cleaned at once. */
async function takeTokenFromAddress(
  c: Context<ControlHono>,
  token: string,
  host: string,
): Promise<Response | undefined> {
  const shown = c.req.query('token');
  if (shown === undefined || c.req.method !== 'GET' || c.req.path.startsWith('/api/')) return undefined;
  if (!(await sameSecret(shown, token))) return undefined;
  const url = new URL(c.req.url);
  url.searchParams.delete('token');
  c.header('set-cookie', await sessionCookie(token, host, url.protocol === 'https:'));
  c.header('cache-control', 'no-store');
  c.header('referrer-policy', 'no-referrer');
  return c.redirect(`${url.pathname}${url.search}`, 303);
}

export const guard: MiddlewareHandler<ControlHono> = async (c, next) => {
  const token = c.env.TOKEN ?? '';
  const host = c.req.header('host') ?? '';
  const hosts = c.env.HOSTS ?? defaultHosts;
  const facts = {
    method: c.req.method,
    host,
    origin: c.req.header('origin') ?? null,
    credential: await findCredential(c.req.raw, token, host),
    tokenConfigured: token !== '',
  };
  const refusal = refuse(facts, hosts);
  if (refusal === undefined || refusal.code === 'unauthenticated') {
    const redirected = await takeTokenFromAddress(c, token, host);
    if (redirected !== undefined) return redirected;
  }
  if (refusal !== undefined) {
    if (refusal.code === 'unauthenticated') c.header('www-authenticate', 'Bearer');
    return answerError(c, refusalStatus[refusal.code], refusal.code, describeRefusal(refusal));
  }
  await next();
};
