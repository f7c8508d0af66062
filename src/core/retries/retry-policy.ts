/** Whether a call may be tried again at all, and whether one attempt's end asks for it. */
import { isPlainData } from '../plain-data.ts';

export interface RetryTerms {
  readonly codes: ReadonlySet<number>;
  readonly methods: ReadonlySet<string>;
  readonly bodyBytes: number;
}

/** What the call carries as a body, as far as its headers tell. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'sized'; readonly bytes: number }
  | { readonly kind: 'streamed' };

/**
 * A call is replayable when its method is among those the route allows, and its body is absent or announced by a
 * Content-Length within the bound: only such bodies are buffered, others stream and are tried once.
 */
export function isReplayable(terms: RetryTerms, method: string, body: Body): boolean {
  if (!terms.methods.has(method)) return false;
  return body.kind === 'none' || (body.kind === 'sized' && body.bytes <= terms.bodyBytes);
}

/** Names that a rule's methods can only mean as methods of HTTP. */
const httpMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'CONNECT', 'QUERY']);

/** Whether a name is that of an HTTP method; names are in capitals, as HTTP tells them apart. */
export function isHttpMethod(name: string): boolean {
  return httpMethods.has(name);
}

/**
 * An RPC call is replayable only where the rule names its method, and its arguments are data: whoever wrote the method knows whether it may run
 * twice, its name does not tell, not even one that is idempotent in HTTP. A call without arguments may be the read of a property.
 */
export function isReplayableRpc(terms: RetryTerms, method: string, args: readonly unknown[] | undefined): boolean {
  return terms.methods.has(method) && !isHttpMethod(method) && (args === undefined || isPlainData(args));
}

/** How an attempt ended: with a status, or without an answer (thrown, disconnected, timed out). */
export type AttemptEnd = { readonly status: number } | { readonly failed: true };

/** Connection errors and exceptions are always worth another try where a retry rule exists; a status only where the rule names it. */
export function isRetriable(terms: RetryTerms, end: AttemptEnd): boolean {
  return 'failed' in end || terms.codes.has(end.status);
}

/** Reads a Content-Length; anything but plain digits is treated as absent. */
export function parseContentLength(value: string | null): number | undefined {
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
