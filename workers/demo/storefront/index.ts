/** The shop's front: a page to look at, and the one door through which orders come in. */
import type Inventory from '../inventory/index.ts';
import type { OrderAnswer } from '../orders/index.ts';
import type { Bindings } from './bindings.ts';
import { page } from './page.ts';

/** What `POST /orders` answers: what became of the order, and what is left on the shelves. */
export interface StorefrontAnswer {
  order: OrderAnswer;
  stock: Awaited<ReturnType<Inventory['stock']>>;
  served: number;
}

/** Calls that this isolate has served; every Worker of the shop puts its own count into its answers. */
let served = 0;

export default {
  async fetch(request, env) {
    served += 1;
    const { pathname } = new URL(request.url);

    if (request.method === 'GET' && pathname === '/') {
      const { items } = await env.INVENTORY.stock();
      return new Response(page(items), { headers: { 'content-type': 'text/html; charset=utf-8' } });
    }

    if (request.method === 'GET' && pathname === '/stock') {
      const stock = await env.INVENTORY.stock();
      return Response.json({ stock, served });
    }

    if (request.method === 'POST' && pathname === '/orders') {
      const answer = await env.ORDERS.fetch('https://orders/orders', { method: 'POST', body: request.body });
      const order = await answer.json<OrderAnswer>();
      const stock = await env.INVENTORY.stock();
      return Response.json({ order, stock, served } satisfies StorefrontAnswer, { status: answer.status });
    }

    return new Response('Not found', { status: 404 });
  },
} satisfies ExportedHandler<Bindings>;
