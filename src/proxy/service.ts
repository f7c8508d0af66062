/** Composition of filters, and what a reply is worth to those that only look at its status. */
import type { Filter, Reply, Service } from './call.ts';

/** Composes filters, outermost first, before a leaf. */
export function stack(filters: readonly Filter[], leaf: Service): Service {
  return filters.reduceRight<Service>((next, filter) => (call) => filter(call, next), leaf);
}

/** The status of a reply as metrics and retries see it: an RPC method that returned is a 200. */
export function replyStatus(reply: Reply): number {
  return reply instanceof Response ? reply.status : 200;
}
