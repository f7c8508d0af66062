/** Which calls an order implies: the shop's call graph as data, and the judgement whether a stored trace is exactly that. */
import type { CallRecord } from '../../src/telemetry/batch.ts';
import type { PlacedOrder } from './order.ts';

interface ImpliedCall {
  readonly caller: string;
  readonly service: string;
  readonly kind: 'fetch' | 'rpc';
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly status: number;
}

/** The calls of an order that was placed, in the order in which they begin. */
export function impliedCalls(paymentVersion: 'v1' | 'v2'): ImpliedCall[] {
  const fetched = { kind: 'fetch', method: 'POST', version: 'v1' } as const;
  const called = { kind: 'rpc', path: '', version: 'v1', status: 200 } as const;
  return [
    { ...fetched, caller: '', service: 'storefront', path: '/orders', status: 201 },
    { ...fetched, caller: 'storefront', service: 'orders', path: '/orders', status: 201 },
    { ...called, caller: 'orders', service: 'inventory', method: 'reserve' },
    { ...fetched, caller: 'orders', service: 'payment', path: '/charge', status: 200, version: paymentVersion },
    { ...called, caller: 'orders', service: 'shipping', method: 'schedule' },
    { ...called, caller: 'storefront', service: 'inventory', method: 'stock' },
  ];
}

/**
 * What is wrong with the stored trace of an order; `undefined` where it is complete: exactly the implied calls, each with
 * one attempt of that version, each the child of its caller's attempt, and the first one the child of the customer's own span.
 */
export function whatIsWrong(order: PlacedOrder, calls: readonly CallRecord[]): string | undefined {
  const implied = impliedCalls(order.paymentVersion);
  if (calls.length !== implied.length) return `${calls.length} calls are stored, ${implied.length} were made`;
  const spanIds = calls.flatMap((call) => [call.spanId, ...call.attempts.map((attempt) => attempt.spanId)]);
  if (new Set(spanIds).size !== 2 * implied.length)
    return `${new Set(spanIds).size} spans are stored, ${2 * implied.length} were made`;

  for (const wanted of implied) {
    const name = `${wanted.service} ${wanted.method}`;
    const call = calls.find((candidate) => matches(candidate, wanted));
    if (call === undefined) return `no call to ${name} as ${JSON.stringify(wanted)}`;
    if (call.traceId !== order.traceId) return `${name} is of another trace`;
    if (call.outcome !== 'response') return `${name} ended as ${call.outcome}`;
    const attempt = call.attempts[0];
    if (call.attempts.length !== 1 || attempt?.version !== wanted.version)
      return `${name} was not tried once, at ${wanted.version}`;
    const parent = wanted.caller === '' ? order.spanId : attemptOf(calls, wanted.caller);
    if (call.parentSpanId !== parent) return `the parent of ${name} is ${call.parentSpanId || 'nobody'}, not ${parent}`;
  }
  return undefined;
}

function matches(call: CallRecord, wanted: ImpliedCall): boolean {
  return (Object.keys(wanted) as (keyof ImpliedCall)[]).every((key) => call[key] === wanted[key]);
}

/** A caller's outgoing calls are children of the attempt that reached it. */
function attemptOf(calls: readonly CallRecord[], caller: string): string | undefined {
  return calls.find((call) => call.service === caller)?.attempts[0]?.spanId;
}
