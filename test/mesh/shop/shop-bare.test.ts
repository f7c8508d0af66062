/** The demo shop as its authors run it, without Selvedge. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareDev, startBareDev } from '../wrangler-dev.ts';

const folder = fileURLToPath(new URL('../../../workers/demo/', import.meta.url));
const workers = ['storefront', 'orders', 'payment', 'payment-v2', 'inventory', 'shipping'];

let shop: BareDev;
beforeAll(async () => {
  shop = await startBareDev({ configs: workers.map((worker) => `${worker}/wrangler.toml`), cwd: folder });
});
afterAll(() => shop?.stop());

async function order(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${shop.url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, ...((await response.json()) as { order: Record<string, unknown>; stock: Stock }) };
}

interface Stock {
  readonly items: readonly { readonly sku: string; readonly left: number }[];
}

async function left(sku: string): Promise<number> {
  const { stock } = (await (await fetch(`${shop.url}/stock`)).json()) as { stock: Stock };
  return stock.items.find((item) => item.sku === sku)?.left as number;
}

test('an order that is placed is reserved, paid and sent, and takes its goods off the shelf', async () => {
  const before = await left('cloth');
  const { status, order: placed } = await order({ sku: 'cloth', quantity: 7 });
  expect(status).toBe(201);
  expect(placed).toMatchObject({
    state: 'placed',
    reservation: { reserved: true, cents: 20_300, left: before - 7 },
    payment: { version: 'v1', cents: 20_300 },
    parcel: { parcels: 2 },
  });
  expect(await left('cloth')).toBe(before - 7);
});

test('nothing is charged for goods that are not there', async () => {
  const before = await left('thread');
  const { status, order: refused } = await order({ sku: 'thread', quantity: before + 1 });
  expect(status).toBe(409);
  expect(refused).toMatchObject({ state: 'out of stock', reservation: { reserved: false, left: before } });
  expect(refused).not.toHaveProperty('payment');
  expect(await left('thread')).toBe(before);
});

test('goods that cannot be paid go back on the shelf', async () => {
  const before = await left('shears');
  const { status, order: unpaid } = await order({ sku: 'shears', quantity: 16 });
  expect(status).toBe(402);
  expect(unpaid).toMatchObject({ state: 'unpaid', payment: { version: 'v1', declined: 102_400 } });
  expect(await left('shears')).toBe(before);
});

test.each([
  ['no quantity', { sku: 'cloth' }],
  ['a quantity below one', { sku: 'cloth', quantity: 0 }],
  ['half a piece', { sku: 'cloth', quantity: 0.5 }],
  ['no sku', { quantity: 1 }],
  ['no object', null],
])('an order with %s is invalid', async (_name, body) => {
  const { status, order: invalid } = await order(body);
  expect(status).toBe(400);
  expect(invalid).toMatchObject({ state: 'invalid' });
});

test('orders at the same time never sell a piece twice', async () => {
  const before = await left('thread');
  await Promise.all(Array.from({ length: 20 }, () => order({ sku: 'thread', quantity: 3 })));
  expect(await left('thread')).toBe(before - 60);
});

test('without a mesh x-user gets no further than the storefront, and nobody sees v2', async () => {
  const { order: placed } = await order({ sku: 'cloth', quantity: 1 }, { 'x-user': 'tester' });
  expect(placed).toMatchObject({ payment: { version: 'v1' } });
});

test('the page shows what is on the shelves', async () => {
  const page = await (await fetch(shop.url)).text();
  expect(page).toContain('Wool cloth');
  expect(page).toContain(`<td id="left-cloth">${await left('cloth')}</td>`);
});

test('no Worker of the shop knows of Selvedge or passes a header on', () => {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.d)\.(ts|toml)$/.test(path),
  );
  expect(sources.length).toBeGreaterThanOrEqual(14);
  for (const path of sources) {
    const text = readFileSync(join(folder, path), 'utf8');
    expect(text, path).not.toMatch(/selvedge|traceparent|tracestate|baggage|request\.headers/i);
  }
});
