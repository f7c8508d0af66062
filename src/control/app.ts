/** Control as one Hono app: the lock, the admin API, and whatever pages it is given. */
import { Hono } from 'hono';
import { answerError } from './answer.ts';
import { documentRoutes } from './document-routes.ts';
import { guard } from './guard.ts';
import type { ControlHono } from './hono-env.ts';
import { observeRoutes } from './observe-routes.ts';

/** `pages` are the dashboard's routes: they stand behind the same lock. */
export function controlApp(pages: Hono<ControlHono>): Hono<ControlHono> {
  const control = new Hono<ControlHono>()
    .use(async (c, next) => {
      await next();
      c.header('x-content-type-options', 'nosniff');
      c.header('referrer-policy', 'no-referrer');
    })
    .use(guard)
    .route('/', documentRoutes)
    .route('/', observeRoutes)
    .route('/', pages);
  control.notFound((c) => answerError(c, 404, 'not_found', `there is nothing at ${c.req.method} ${c.req.path}`));
  control.onError((error, c) => {
    console.error(error);
    return answerError(c, 500, 'internal', 'control failed; its log says why');
  });
  return control;
}
