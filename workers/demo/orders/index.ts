/** Takes an order: reserve the goods, charge the money, book the parcel. What cannot be paid goes back on the shelf. */
import type Inventory from '../inventory/index.ts';
import type { Payment } from '../payment/index.ts';
import type { PaymentV2 } from '../payment-v2/index.ts';
import type Shipping from '../shipping/index.ts';
import type { Bindings } from './bindings.ts';

/** What a customer sends, as far as it can be trusted. */
interface Wish {
  sku?: unknown;
  quantity?: unknown;
}

type Reservation = Awaited<ReturnType<Inventory['reserve']>>;
type Parcel = Awaited<ReturnType<Shipping['schedule']>>;

/** How an order ended, with what each Worker on its way had to say. */
export type OrderAnswer = { id: string; served: number } & (
  | { state: 'invalid' }
  | { state: 'out of stock'; reservation: Reservation }
  | { state: 'unpaid'; reservation: Reservation; payment: unknown }
  | { state: 'placed'; reservation: Reservation; payment: Payment | PaymentV2; parcel: Parcel }
);

let served = 0;

export default {
  async fetch(request, env) {
    served += 1;
    const id = crypto.randomUUID();
    const { sku, quantity } = (await request.json<Wish | null>().catch(() => null)) ?? {};
    if (typeof sku !== 'string' || typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) {
      return answer(400, { id, served, state: 'invalid' });
    }

    const reservation = await env.INVENTORY.reserve(sku, quantity);
    if (!reservation.reserved) return answer(409, { id, served, state: 'out of stock', reservation });

    const charge = await env.PAYMENT.fetch('https://payment/charge', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ order: id, cents: reservation.cents }),
    });
    if (!charge.ok) {
      await env.INVENTORY.release(sku, quantity);
      return answer(402, { id, served, state: 'unpaid', reservation, payment: await charge.json() });
    }
    const payment = await charge.json<Payment | PaymentV2>();

    const parcel = await env.SHIPPING.schedule(id, quantity);
    return answer(201, { id, served, state: 'placed', reservation, payment, parcel });
  },
} satisfies ExportedHandler<Bindings>;

function answer(status: number, order: OrderAnswer): Response {
  return Response.json(order, { status });
}
