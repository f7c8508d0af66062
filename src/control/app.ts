/** Control as one Hono app: the lock, the admin API, and whatever pages it is given. */
import { Hono } from 'hono';
import { answerError, isForReading } from './answer.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { enterRefusals } from './audit/enter-refusals.ts';
import { documentRoutes } from './documents/document-routes.ts';
import type { ControlHono } from './hono-env.ts';
import { guard, knock, type LoginPage, type NothingPage } from './lock/guard.ts';
import { sessionRoutes } from './lock/session-routes.ts';
import { observeRoutes } from './observe/observe-routes.ts';

export interface Pages {
  /** The dashboard's routes: they stand behind the same lock. */
  readonly locked: Hono<ControlHono>;
  /** What the login page needs: it stands before the lock, so it says nothing about the mesh. */
  readonly open: Hono<ControlHono>;
  readonly login: LoginPage;
  readonly nothing: NothingPage;
}

/** What is no page of ours does nothing in a browser, wherever it is put. */
const inertPolicy = "default-src 'none'; frame-ancestors 'none'";

export function controlApp({ locked, open, login, nothing }: Pages): Hono<ControlHono> {
  const control = new Hono<ControlHono>()
    .use(async (c, next) => {
      await next();
      c.header('x-content-type-options', 'nosniff');
      c.header('x-frame-options', 'DENY');
      // With `no-referrer`, browsers would send the forms of our own pages with the Origin `null`.
      c.header('referrer-policy', 'same-origin');
      c.header('cross-origin-resource-policy', 'same-origin');
      if (!c.res.headers.has('content-security-policy')) c.header('content-security-policy', inertPolicy);
    })
    .use(enterRefusals)
    .use(knock)
    .route('/', sessionRoutes(login))
    .route('/', open)
    .use(guard(login, nothing))
    .route('/', documentRoutes)
    .route('/', observeRoutes)
    .route('/', auditRoutes)
    .route('/', locked);
  control.notFound((c) => {
    if (isForReading(c)) return nothing(c, `There is no page at ${c.req.path}.`, 404);
    return answerError(c, 404, 'not_found', `there is nothing at ${c.req.method} ${c.req.path}`);
  });
  control.onError((error, c) => {
    console.error(error);
    return answerError(c, 500, 'internal', 'control failed; its log says why');
  });
  return control;
}
