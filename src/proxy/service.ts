/** Composition of filters, and what a reply is worth to those that only look at its status. */
import { disposerOf } from '../core/rpc/disposal.ts';
import type { Filter, Reply, Service } from './call.ts';

/** Composes filters, outermost first, before a leaf. */
export function stack(filters: readonly Filter[], leaf: Service): Service {
  return filters.reduceRight<Service>((next, filter) => (call) => filter(call, next), leaf);
}

/** The status of a reply as metrics and retries see it: an RPC method that returned is a 200. */
export function replyStatus(reply: Reply): number {
  return reply instanceof Response ? reply.status : 200;
}

/** Lets go of a reply that nobody will get: a stream would hold the callee's connection, a stub the callee itself. */
export async function letGo(reply: Reply): Promise<void> {
  if (reply instanceof Response) await reply.body?.cancel();
  else disposerOf(reply.value)?.();
}
