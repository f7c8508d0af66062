/** One customer: places an order through the gateway and keeps what the answer says. */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { formatTraceparent } from '../../src/core/context/trace-context.ts';

/** The shop's public host, as config/storefront.yaml says. */
const shopHost = 'shop.example';

export type ShopWorker = 'storefront' | 'orders' | 'inventory' | 'payment' | 'payment-v2' | 'shipping';

/** How many calls a Worker says that it has served, counted by itself. */
export type Served = Partial<Record<ShopWorker, number>>;

export interface Wish {
  readonly sku: string;
  readonly quantity: number;
  /** Sent as `x-user`. */
  readonly user?: string;
}

export interface PlacedOrder {
  readonly wish: Wish;
  /** The customer's own trace: its id, and the span that is the parent of whatever the shop does. */
  readonly traceId: string;
  readonly spanId: string;
  readonly paymentVersion: 'v1' | 'v2';
  readonly served: Served;
}

export type OrderOutcome = PlacedOrder | { readonly failure: string };

export interface StockReading {
  readonly traceId: string;
  readonly left: Readonly<Record<string, number>>;
  readonly served: Served;
}

/** What the storefront answers, as far as a customer reads it. */
interface StockAnswer {
  readonly stock: {
    readonly items: readonly { readonly sku: string; readonly left: number }[];
    readonly served: number;
  };
  readonly served: number;
}

interface OrderAnswer extends StockAnswer {
  readonly order: {
    readonly id: string;
    readonly state: string;
    readonly reservation: { readonly reserved: boolean; readonly cents: number; readonly served: number };
    readonly payment: {
      readonly version: 'v1' | 'v2';
      readonly cents: number;
      readonly feeCents?: number;
      readonly served: number;
    };
    readonly parcel: { readonly served: number };
    readonly served: number;
  };
}

export interface Customer {
  order(wish: Wish): Promise<OrderOutcome>;
  stock(): Promise<StockReading>;
  close(): void;
}

export function customerOf(gateway: string): Customer {
  const agent = new Agent({ keepAlive: true });

  const ask = async (method: string, path: string, body: unknown, headers: Readonly<Record<string, string>>) => {
    const traceId = randomBytes(16).toString('hex');
    const spanId = randomBytes(8).toString('hex');
    const traceparent = formatTraceparent({ traceId, spanId, sampled: true });
    const answer = await send(agent, gateway, method, path, body, { ...headers, host: shopHost, traceparent });
    return { ...answer, traceId, spanId };
  };

  return {
    async order(wish) {
      const { sku, quantity, user } = wish;
      const answer = await ask('POST', '/orders', { sku, quantity }, user === undefined ? {} : { 'x-user': user });
      if (answer.status !== 201)
        return { failure: `POST /orders was answered ${answer.status}: ${answer.text.slice(0, 300)}` };
      const { order, stock, served } = JSON.parse(answer.text) as OrderAnswer;
      const wrong = wrongAnswer(order, wish);
      if (wrong !== undefined) return { failure: wrong };
      const { payment, reservation, parcel } = order;
      return {
        wish,
        traceId: answer.traceId,
        spanId: answer.spanId,
        paymentVersion: payment.version,
        served: {
          storefront: served,
          orders: order.served,
          inventory: Math.max(reservation.served, stock.served),
          [payment.version === 'v1' ? 'payment' : 'payment-v2']: payment.served,
          shipping: parcel.served,
        },
      };
    },

    async stock() {
      const answer = await ask('GET', '/stock', undefined, {});
      if (answer.status !== 200)
        throw new Error(`GET /stock was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      const { stock, served } = JSON.parse(answer.text) as StockAnswer;
      const left = Object.fromEntries(stock.items.map((item) => [item.sku, item.left]));
      return { traceId: answer.traceId, left, served: { storefront: served, inventory: stock.served } };
    },

    close: () => agent.destroy(),
  };
}

/** What is wrong with the answer to an order that was placed; `undefined` where nothing is. */
function wrongAnswer(order: OrderAnswer['order'], { sku, quantity }: Wish): string | undefined {
  if (order.state !== 'placed') return `an order of ${quantity} ${sku} ended as ${order.state}`;
  const { reservation, payment } = order;
  if (!reservation.reserved) return `order ${order.id} was placed without a reservation`;
  if (payment.cents !== reservation.cents)
    return `order ${order.id} costs ${reservation.cents}, but ${payment.cents} was charged`;
  if (payment.version === 'v2' && !payment.feeCents) return `order ${order.id} was charged by v2 without its fee`;
  return undefined;
}

/** Node's fetch would not let us say the host; a plain HTTP request does. */
function send(
  agent: Agent,
  base: string,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
) {
  const { hostname, port } = new URL(base);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const sized =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request({ agent, hostname, port, method, path, headers: { ...headers, ...sized } }, (response) => {
      let received = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        received += part;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: received }));
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
