/** JSON answers of control: never cached, errors in one shape. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ControlErrorCode } from './api-types.ts';
import type { ControlHono } from './hono-env.ts';

export function answerJson(c: Context<ControlHono>, body: object, status: ContentfulStatusCode = 200): Response {
  c.header('cache-control', 'no-store');
  return c.json(body, status);
}

export function answerError(
  c: Context<ControlHono>,
  status: ContentfulStatusCode,
  code: ControlErrorCode,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): Response {
  c.set('errorCode', code);
  return answerJson(c, { error: { code, message, ...facts } }, status);
}

/** The answer to whoever asks too often; `waitMs` is when he may ask again. */
export function answerTooMany(c: Context<ControlHono>, what: string, waitMs: number): Response {
  const seconds = Math.ceil(waitMs / 1000);
  c.header('retry-after', String(seconds));
  return answerError(c, 429, 'rate_limited', `too many ${what}; try again in ${seconds} s`);
}

/** Whether a person waits for the answer: what a browser opens as a page, and not what it or a program asks of the API. */
export function isForReading({ req }: Context<ControlHono>): boolean {
  return req.method === 'GET' && !req.path.startsWith('/api/') && (req.header('accept') ?? '').includes('text/html');
}
