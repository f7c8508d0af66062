/**
 * `npm start -- --once`: 1,000 orders in three phases, and the proof that nothing was lost on the way: every answer, the stock
 * to the piece, and every span of every order.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlClient, connectControl } from '../../src/cli/control/control-client.ts';
import type { RunningMesh } from '../../src/cli/dev/start.ts';
import type { TraceAnswer } from '../../src/control/api-types.ts';
import type { StatusView } from '../../src/control/observe/status.ts';
import { mapLimited } from '../../src/derive/concurrency.ts';
import type { CallRecord } from '../../src/telemetry/batch.ts';
import { whatIsWrong } from './call-graph.ts';
import { splitPayment } from './edit-payment.ts';
import { startShop } from './mesh.ts';
import { type Customer, customerOf, type PlacedOrder, type StockReading, type Wish } from './order.ts';
import { fitsShare, highest, sum, versionsOf } from './tally.ts';
import { until } from './until.ts';

export interface OnceResult {
  readonly orders: number;
  /** Orders that were answered as they should be. */
  readonly ok: number;
  /** How many payments each version took, by phase. */
  readonly phases: readonly { readonly v1: number; readonly v2: number }[];
  readonly traces: {
    /** Orders of which a trace is stored. */
    readonly stored: number;
    /** Of these, the ones with exactly the spans that the shop's call graph implies, every parent present. */
    readonly complete: number;
  };
  /** Calls that the load generator and the shop's own Workers counted, minus calls stored. */
  readonly lostSpans: number;
  /** One sentence for everything that is not as it should be. */
  readonly faults: readonly string[];
}

interface Phase {
  readonly name: string;
  readonly orders: number;
  /** Sent as `x-user` with every order. */
  readonly user?: string;
  /** Of the payments, the share that v2 must take. */
  readonly v2Share: number;
}

const phases: readonly [Phase, Phase, Phase] = [
  { name: 'everything to v1', orders: 400, v2Share: 0 },
  { name: '90/10, by an edit in KV', orders: 400, v2Share: 0.1 },
  { name: 'x-user: tester to v2', orders: 200, user: 'tester', v2Share: 1 },
];

const skus = ['thread', 'cloth', 'shears'];
const concurrency = 8;

/** How long an edit in KV may take until the edge serves it: refresh, KV and flush are a second each. */
const servedBoundMs = 15_000;
/** How long the last batches may take: an isolate flushes what is a second old. */
const flushBoundMs = 15_000;

/** Runs the shop in a fresh folder, once; `say` gets a line for each step. */
export async function runOnce(say: (line: string) => void): Promise<OnceResult> {
  const persist = await mkdtemp(join(tmpdir(), 'selvedge-once-'));
  say('starting the shop: six Workers, an edge before each service');
  const mesh = await startShop({ persist, port: 0, onLine: say });
  say('the mesh is ready');
  const customer = customerOf(mesh.info.gateway);
  try {
    const control = await connectControl({ control: mesh.info.control, token: mesh.info.token });
    return await placeOrders(mesh, control, customer, say);
  } finally {
    customer.close();
    await mesh.stop();
    await rm(persist, { recursive: true, force: true });
  }
}

async function placeOrders(
  mesh: RunningMesh,
  control: ControlClient,
  customer: Customer,
  say: (line: string) => void,
): Promise<OnceResult> {
  const faults: string[] = [];
  const placed: PlacedOrder[] = [];
  const byPhase: PlacedOrder[][] = [];
  const opening = await customer.stock();

  for (const [index, phase] of phases.entries()) {
    if (index === 1) await editAndWait(mesh, control, say);
    const wishes = Array.from(
      { length: phase.orders },
      (_, n): Wish => ({ sku: skus[n % 3] as string, quantity: 1 + (n % 4), user: phase.user }),
    );
    const outcomes = await mapLimited(wishes, concurrency, (wish) => customer.order(wish));
    const good = outcomes.filter((outcome): outcome is PlacedOrder => !('failure' in outcome));
    for (const outcome of outcomes) if ('failure' in outcome) faults.push(outcome.failure);
    const { v1, v2 } = versionsOf(good);
    if (!fitsShare(v2, good.length, phase.v2Share))
      faults.push(`phase "${phase.name}": v2 took ${v2} of ${good.length} payments`);
    say(`${phase.name}: ${good.length} of ${phase.orders} orders placed, v1 ${v1}, v2 ${v2}`);
    byPhase.push(good);
    placed.push(...good);
  }

  const closing = await customer.stock();
  faults.push(...wrongStock(opening, closing, placed));

  const served = sum(highest([opening.served, closing.served, ...placed.map((order) => order.served)]));
  say(`${served} calls were served; waiting for the last flush`);
  await until(flushBoundMs, async () => ((await storedCalls(control)) >= served ? true : undefined));
  const orderTraces = await mapLimited(placed, concurrency, (order) => readTrace(control, order.traceId));
  const readingTraces = await mapLimited([opening, closing], 2, (reading) => readTrace(control, reading.traceId));

  say('the traces are read');

  let complete = 0;
  for (const [index, calls] of orderTraces.entries()) {
    const wrong = whatIsWrong(placed[index] as PlacedOrder, calls);
    if (wrong === undefined) complete += 1;
    else faults.push(`trace ${placed[index]?.traceId}: ${wrong}`);
  }
  const stored = orderTraces.filter((calls) => calls.length > 0).length;
  const lostSpans = served - [...orderTraces, ...readingTraces].reduce((total, calls) => total + calls.length, 0);
  if (lostSpans !== 0) faults.push(`the shop served ${served} calls, ${served - lostSpans} are stored`);

  const orders = phases.reduce((total, phase) => total + phase.orders, 0);
  return {
    orders,
    ok: placed.length,
    phases: byPhase.map(versionsOf),
    traces: { stored, complete },
    lostSpans,
    faults,
  };
}

/** Edits KV and waits until the edge of payment says that it serves the edit. */
async function editAndWait(mesh: RunningMesh, control: ControlClient, say: (line: string) => void): Promise<void> {
  const revision = await splitPayment(mesh, control, { v1: 90, v2: 10 });
  const editedAt = Date.now();
  const payment = mesh.info.services.payment?.url as string;
  const serving = await until(servedBoundMs, async () => {
    // An edge looks at KV when it has calls. This one it refuses, because only orders may call payment; nothing is charged.
    const refusal = await fetch(`${payment}/charge`, { method: 'POST' });
    await refusal.arrayBuffer();
    const { services } = await control.get<StatusView>('/api/status');
    return services.find(({ service }) => service === 'payment')?.edges.find((edge) => edge.revision === revision);
  });
  if (serving === undefined)
    throw new Error(`the edge of payment does not serve revision ${revision} after ${servedBoundMs} ms`);
  say(`the edit in KV is served after ${Date.now() - editedAt} ms, as status says (revision ${revision})`);
}

function wrongStock(opening: StockReading, closing: StockReading, placed: readonly PlacedOrder[]): string[] {
  return Object.entries(opening.left).flatMap(([sku, before]) => {
    const sold = placed.filter(({ wish }) => wish.sku === sku).reduce((total, { wish }) => total + wish.quantity, 0);
    const left = closing.left[sku];
    return left === before - sold ? [] : [`${before} ${sku} were there and ${sold} were sold, but ${left} are left`];
  });
}

async function storedCalls(control: ControlClient): Promise<number> {
  return (await control.get<StatusView>('/api/status')).telemetry.counts.storedCalls;
}

async function readTrace(control: ControlClient, traceId: string): Promise<readonly CallRecord[]> {
  const answer = await control.get<TraceAnswer>(`/api/traces/${traceId}`).catch((cause: { code?: string }) => {
    if (cause.code === 'not_found') return undefined;
    throw cause;
  });
  return answer?.calls ?? [];
}
