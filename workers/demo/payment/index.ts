/** Charges a card, the plain way. */
import type { Bindings } from './bindings.ts';

export interface Payment {
  version: 'v1';
  receipt: string;
  cents: number;
  served: number;
}

/** No card of ours is good for more than this. */
const limitCents = 100_000;

let served = 0;

export default {
  async fetch(request) {
    served += 1;
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST' || pathname !== '/charge') return new Response('Not found', { status: 404 });

    const { order, cents } = await request.json<{ order: string; cents: number }>();
    if (cents > limitCents) return Response.json({ version: 'v1', declined: cents, served }, { status: 402 });
    const payment: Payment = { version: 'v1', receipt: `paid-${order.slice(0, 8)}`, cents, served };
    return Response.json(payment);
  },
} satisfies ExportedHandler<Bindings>;
