/** Enters every change that is refused, wherever that is decided, and refuses principals that ask too often. */
import type { Context, MiddlewareHandler } from 'hono';
import { answerTooMany } from '../answer.ts';
import type { ControlHono } from '../hono-env.ts';
import { isChange } from '../lock/access.ts';
import { wardenOf } from '../warden.ts';
import { askedBy } from './asked-by.ts';

export const enterRefusals: MiddlewareHandler<ControlHono> = async (c, next) => {
  await next();
  // Who is not known is entered where wrong credentials are counted.
  if (!isChange(c.req.method) || c.res.status < 400 || c.var.entered || c.var.caller === undefined) return;
  const answer = await enterRefusal(c);
  if (answer !== undefined) c.res = answer;
};

async function enterRefusal(c: Context<ControlHono>): Promise<Response | undefined> {
  try {
    const asked = askedBy(c.req.method, c.req.path);
    const waitMs = await wardenOf(c.env).refuse(c.var.caller, asked, c.var.errorCode ?? 'internal');
    return waitMs > 0 ? answerTooMany(c, 'changes', waitMs) : undefined;
  } catch (error) {
    // A refusal stands whether the log has it or not.
    console.error(error);
    return undefined;
  }
}
