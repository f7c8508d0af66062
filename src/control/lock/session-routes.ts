/** Logging in and out in a browser. */
import { type Context, Hono } from 'hono';
import { answerError } from '../answer.ts';
import type { ControlHono } from '../hono-env.ts';
import { describeRefusal, refuseOrigin } from './access.ts';
import { judgeToken } from './credential.ts';
import { countFailure } from './failures.ts';
import type { LoginPage } from './guard.ts';
import { openLock } from './open-lock.ts';
import { sessionMs } from './session.ts';
import { endedCookie, sessionCookie } from './session-cookie.ts';

/** A form with one token in it. */
const longestForm = 16_384;

/** A form of our own pages comes from our own origin; another page must neither log somebody in nor out. */
function refuseForeign(c: Context<ControlHono>): Response | undefined {
  const facts = {
    ownOrigin: new URL(c.req.url).origin,
    origin: c.req.header('origin') ?? null,
    fetchSite: c.req.header('sec-fetch-site') ?? null,
  };
  const refusal = refuseOrigin(facts, true);
  return refusal === undefined ? undefined : answerError(c, 403, refusal.code, describeRefusal(refusal));
}

/** The text of the form's field `token`; `''` where there is none. */
async function tokenOf(c: Context<ControlHono>): Promise<string> {
  if (Number(c.req.header('content-length') ?? Infinity) > longestForm) return '';
  const { token } = await c.req.parseBody().catch(() => ({ token: '' }));
  return typeof token === 'string' ? token.trim() : '';
}

async function logIn(c: Context<ControlHono>, login: LoginPage): Promise<Response> {
  const foreign = refuseForeign(c);
  if (foreign !== undefined) return foreign;
  const { lock, context } = openLock(c);
  if (lock.token === '')
    return login(c, 'Control has no TOKEN, with which sessions are sealed, so it keeps none.', 403);
  const credential = await judgeToken(await tokenOf(c), lock, context);
  if (credential.kind === 'unavailable') return login(c, 'The keys of the issuer are not available; try again.', 401);
  if (credential.kind === 'no-role') return login(c, 'The token holds, but no rule gives its bearer a role.', 403);
  if (credential.kind !== 'known') {
    const detail = credential.kind === 'wrong' ? credential.detail : 'none';
    return (await countFailure(c, detail)) ?? login(c, 'This token opens nothing here.', 401);
  }
  const { principal, role } = credential.operator;
  const now = Date.now();
  const expiresAtMs = Math.min(now + sessionMs, credential.expiresAtMs ?? Infinity);
  c.header('set-cookie', await sessionCookie({ principal, role, expiresAtMs }, lock.sessions, c.req.url, now));
  c.header('cache-control', 'no-store');
  return c.redirect('/', 303);
}

export function sessionRoutes(login: LoginPage): Hono<ControlHono> {
  return new Hono<ControlHono>()
    .get('/login', (c) => login(c, '', 200))
    .post('/login', (c) => logIn(c, login))
    .post('/logout', (c) => {
      const foreign = refuseForeign(c);
      if (foreign !== undefined) return foreign;
      c.header('set-cookie', endedCookie(c.req.url));
      c.header('cache-control', 'no-store');
      return c.redirect('/login', 303);
    });
}
