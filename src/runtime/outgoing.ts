/** The mesh's headers on an outgoing request. */
import { ownHopHeaders } from '../core/headers/own-headers.ts';
import { wireHeader } from '../core/wire.ts';
import { joinBaggage } from './baggage.ts';
import { currentContext, outgoingContext } from './context-store.ts';

/**
 * One `new Request`, then its headers: the cheapest way to change any number of them. The journey's trace context replaces
 * what the code may have set, which travels beside it to be shown to the callee; without a journey, the code's own stays.
 */
export function withContext(input: RequestInfo | URL, init: RequestInit | undefined, service: string): Request {
  const request = new Request(input as RequestInfo, init);
  const { headers } = request;
  const own = ownHopHeaders(headers);
  if (own === '') headers.delete(wireHeader.own);
  else headers.set(wireHeader.own, own);
  const outgoing = outgoingContext(service);
  headers.set(wireHeader.context, outgoing.context);
  if (currentContext() === undefined) return request;
  headers.set(wireHeader.traceparent, outgoing.traceparent);
  if (outgoing.tracestate !== '') headers.set(wireHeader.tracestate, outgoing.tracestate);
  else headers.delete(wireHeader.tracestate);
  const baggage = outgoing.baggage === '' ? '' : joinBaggage(headers.get(wireHeader.baggage), outgoing.baggage);
  if (baggage !== '') headers.set(wireHeader.baggage, baggage);
  return request;
}
