/** The lock before every route of control, and the one place where a browser's `?token=` becomes a cookie. */
import type { Context, MiddlewareHandler } from 'hono';
import { sameSecret } from '../../identity/same-secret.ts';
import { answerError, isForReading } from '../answer.ts';
import type { ControlHono } from '../hono-env.ts';
import { asksForOthers, describeRefusal, isChange, type Refusal, refuse, refuseKnock } from './access.ts';
import { type Credential, findCredential } from './credential.ts';
import { addressOf, countFailure, refuseAddress } from './failures.ts';
import { roleForRequest } from './needed-role.ts';
import { isLocal, type OpenedLock, openLock } from './open-lock.ts';
import { sessionMs } from './session.ts';
import { endedCookie, sessionCookie } from './session-cookie.ts';

/** The page that asks for a token, with what is to be said above it. */
export type LoginPage = (c: Context<ControlHono>, problem: string, status: 200 | 401 | 403) => Response;

/** The page for who is known and gets nothing here, with the reason and a way back. */
export type NothingPage = (c: Context<ControlHono>, reason: string, status: 403 | 404) => Response;

const refusalStatus: Readonly<Record<Refusal['code'], 401 | 403 | 415 | 421 | 503>> = {
  host_refused: 421,
  no_token_configured: 503,
  unauthenticated: 401,
  origin_refused: 403,
  no_role: 403,
  role_needed: 403,
  content_type_refused: 415,
};

function answerRefusal(c: Context<ControlHono>, refusal: Refusal): Response {
  const facts = refusal.code === 'role_needed' ? { role: refusal.role } : {};
  return answerError(c, refusalStatus[refusal.code], refusal.code, describeRefusal(refusal), facts);
}

/** What is asked of everybody, those included who want to log in: the right host, and not to have been wrong too often. */
export const knock: MiddlewareHandler<ControlHono> = async (c, next) => {
  const { hosts, configured } = openLock(c);
  const refusal = refuseKnock({ host: c.req.header('host') ?? '', configured }, hosts);
  if (refusal !== undefined) return answerRefusal(c, refusal);
  return refuseAddress(c) ?? next();
};

/**
 * A page opened with the token in its address: the cookie is set and the address is cleaned at once. Only under the names of this
 * machine, for the link that `selvedge dev` prints: elsewhere addresses are logged, and remembered. What another page makes a browser
 * open is not looked at: it could show wrong tokens until this address is refused.
 */
async function takeTokenFromAddress(c: Context<ControlHono>, { lock }: OpenedLock): Promise<Response | undefined> {
  const shown = c.req.query('token');
  if (shown === undefined || c.req.method !== 'GET' || c.req.path.startsWith('/api/')) return undefined;
  if (!isLocal(c.req.header('host') ?? '') || asksForOthers(c.req.header('sec-fetch-site') ?? null)) return undefined;
  if (!(await sameSecret(shown, lock.token))) return countFailure(c, 'the token in the address');
  const url = new URL(c.req.url);
  url.searchParams.delete('token');
  const now = Date.now();
  const session = { principal: 'token', role: 'admin', expiresAtMs: now + sessionMs } as const;
  c.header('set-cookie', await sessionCookie(session, lock.sessions, c.req.url, now));
  c.header('cache-control', 'no-store');
  // A path that begins with two slashes would lead to another host.
  return c.redirect(`${url.pathname.replace(/^\/+/, '/')}${url.search}`, 303);
}

function refusalOf(c: Context<ControlHono>, credential: Credential, { hosts, configured }: OpenedLock) {
  const shown = credential.kind === 'known' || credential.kind === 'no-role';
  const facts = {
    method: c.req.method,
    host: c.req.header('host') ?? '',
    ownOrigin: new URL(c.req.url).origin,
    origin: c.req.header('origin') ?? null,
    fetchSite: c.req.header('sec-fetch-site') ?? null,
    contentType: c.req.header('content-type') ?? null,
    credential: !shown ? ('none' as const) : credential.ambient ? ('cookie' as const) : ('bearer' as const),
    role: credential.kind === 'known' ? credential.operator.role : undefined,
    needed: roleForRequest(c.req.method, c.req.path),
    configured,
  };
  return refuse(facts, hosts);
}

function remember(c: Context<ControlHono>, credential: Credential): void {
  const address = addressOf(c);
  if (credential.kind === 'known') {
    c.set('operator', credential.operator);
    c.set('caller', { ...credential.operator, address });
  } else if (credential.kind === 'no-role')
    c.set('caller', { principal: credential.principal, role: 'none', by: 'none', address });
}

/** Lets through who is known and may; `login` is the answer to browsers that show nothing that holds, `nothing` to people who may not. */
export function guard(login: LoginPage, nothing: NothingPage): MiddlewareHandler<ControlHono> {
  return async (c, next) => {
    const opened = openLock(c);
    const credential = await findCredential(c.req.raw, opened.lock, opened.context);
    if (credential.kind === 'unavailable') {
      console.error(`a credential cannot be judged: ${credential.detail}`);
      return answerError(c, 503, 'keys_unavailable', 'the keys of the issuer are not available; try again');
    }
    remember(c, credential);
    const refusal = refusalOf(c, credential, opened);
    if (refusal === undefined || refusal.code === 'unauthenticated') {
      const redirected = await takeTokenFromAddress(c, opened);
      if (redirected !== undefined) return redirected;
    }
    if (refusal === undefined) {
      await next();
      return;
    }
    if (refusal.code === 'role_needed' && isForReading(c)) {
      c.set('errorCode', refusal.code);
      return nothing(c, describeRefusal(refusal), 403);
    }
    if (refusal.code !== 'unauthenticated') return answerRefusal(c, refusal);
    return unauthenticated(c, credential, refusal, login);
  };
}

/** A change without any credential counts as a wrong one; a look does not, for that is how everybody comes to the login page. */
async function unauthenticated(
  c: Context<ControlHono>,
  credential: Credential,
  refusal: Refusal,
  login: LoginPage,
): Promise<Response> {
  const wrong = credential.kind === 'wrong';
  if (wrong || isChange(c.req.method)) {
    const tooMany = await countFailure(c, wrong ? credential.detail : 'none at all');
    if (tooMany !== undefined) return tooMany;
  }
  c.header('www-authenticate', 'Bearer');
  if (!isForReading(c)) return answerRefusal(c, refusal);
  // A cookie that is of no session any more would be counted as wrong each time that it comes.
  if (wrong) c.header('set-cookie', endedCookie(c.req.url));
  return login(c, wrong ? 'This session has ended.' : '', 401);
}
