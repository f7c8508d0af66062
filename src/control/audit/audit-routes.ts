/** The admin API's audit log, and who asks. */
import { type Context, Hono } from 'hono';
import { answerError, answerJson } from '../answer.ts';
import type { ControlHono } from '../hono-env.ts';
import { wardenOf } from '../warden.ts';
import { readAuditQuery } from './audit-query.ts';

async function getAudit(c: Context<ControlHono>): Promise<Response> {
  const query = readAuditQuery(new URL(c.req.url).searchParams);
  if (typeof query === 'string') return answerError(c, 400, 'bad_request', query);
  return answerJson(c, await wardenOf(c.env).read(query));
}

export const auditRoutes = new Hono<ControlHono>()
  .get('/api/audit', getAudit)
  .get('/api/me', (c) => answerJson(c, c.var.operator));
