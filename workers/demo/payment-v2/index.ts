/** Charges a card through the new processor: it takes a fee, says so, and writes its receipts in a form of its own. */
import type { Bindings } from './bindings.ts';

export interface PaymentV2 {
  version: 'v2';
  processor: 'loom-pay';
  receipt: { number: string; issued: string };
  cents: number;
  feeCents: number;
  served: number;
}

/** The new processor trusts cards with twice as much. */
const limitCents = 200_000;

let served = 0;

export default {
  async fetch(request) {
    served += 1;
    const { pathname } = new URL(request.url);
    if (request.method !== 'POST' || pathname !== '/charge') return new Response('Not found', { status: 404 });

    const { order, cents } = await request.json<{ order: string; cents: number }>();
    if (cents > limitCents) return Response.json({ version: 'v2', declined: cents, served }, { status: 402 });
    const payment: PaymentV2 = {
      version: 'v2',
      processor: 'loom-pay',
      receipt: { number: `LP-${order.slice(0, 8).toUpperCase()}`, issued: new Date().toISOString() },
      cents,
      feeCents: Math.ceil(cents * 0.014),
      served,
    };
    return Response.json(payment);
  },
} satisfies ExportedHandler<Bindings>;
