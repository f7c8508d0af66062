/** An incoming request as the caller's code sent it. */
import { hopHeaders, parseOwnHeaders } from '../core/headers/own-headers.ts';
import { wireHeader } from '../core/wire.ts';

/** A clone without what the mesh added on the hop, and with what the caller's code had set under the same names. */
export function asSent(request: Request): Request {
  const sent = new Request(request);
  const { headers } = sent;
  const own = headers.get(wireHeader.own);
  for (const name of hopHeaders) headers.delete(name);
  headers.delete(wireHeader.context);
  if (own === null) return sent;
  headers.delete(wireHeader.own);
  for (const [name, value] of parseOwnHeaders(own)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return sent;
}
