/** JSON answers of control: never cached, errors in one shape. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ControlErrorCode } from './api-types.ts';

export function answerJson(c: Context, body: object, status: ContentfulStatusCode = 200): Response {
  c.header('cache-control', 'no-store');
  return c.json(body, status);
}

export function answerError(
  c: Context,
  status: ContentfulStatusCode,
  code: ControlErrorCode,
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): Response {
  return answerJson(c, { error: { code, message, ...facts } }, status);
}
