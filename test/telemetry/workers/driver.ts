/** Drives real shards, and the edge's flushing, from outside: `POST /shard/<name>/<method>` with the arguments as JSON, `/edge/<action>`, `/abandon/<action>`. */
import { type FlushTarget, flush, flushAfterCall } from '../../../src/platform/telemetry/telemetry-flush.ts';
import { TelemetryReader } from '../../../src/platform/telemetry/telemetry-reader.ts';
import type { CallRecord } from '../../../src/telemetry/batch.ts';
import { createTelemetryState } from '../../../src/telemetry/buffer.ts';
import { closeCall, inFlight, openCall } from '../../../src/telemetry/open-calls.ts';
import type { ShardCounts } from '../../../src/telemetry/shard-api.ts';
import { TelemetryShard as Shard } from '../../../workers/telemetry/shard.ts';

interface Env {
  readonly TELEMETRY: DurableObjectNamespace<Shard>;
  readonly SELF: Fetcher;
}

/** The shard itself, but that an answer can be held back or fail after the batch was stored, as networks do. */
export class TelemetryShard extends Shard {
  private answerAfterMs = 0;
  private failing = false;

  /** Takes a batch and does nothing with it: what the transport alone costs. */
  async receive(_json: string): Promise<void> {}

  behave(answerAfterMs: number, failing: boolean): void {
    this.answerAfterMs = answerAfterMs;
    this.failing = failing;
  }

  override async counts(): Promise<ShardCounts> {
    if (this.failing) throw new Error('out of reach');
    return super.counts();
  }

  override async ingest(json: string): Promise<void> {
    if (this.failing) throw new Error('out of reach');
    await super.ingest(json);
    if (this.answerAfterMs > 0) await scheduler.wait(this.answerAfterMs);
  }
}

/** Batches made before their ingestion is timed, so that only the latter is. */
const prepared: string[] = [];

/** `prepare`: makes `count` batches of `size` records from a template. `ingest`: sends them all to a shard. */
async function measure(env: Env, step: string, args: unknown[]): Promise<Response> {
  if (step === 'prepare') {
    const [template, count] = args as [string, number];
    prepared.length = 0;
    for (let sequence = 1; sequence <= count; sequence++) {
      prepared.push(template.replace('"sequence":0', `"sequence":${sequence}`));
    }
  } else {
    const stub = env.TELEMETRY.get(env.TELEMETRY.idFromName(String(args[0])));
    for (const json of prepared) await (step === 'ingest' ? stub.ingest(json) : stub.receive(json));
  }
  return Response.json({ value: prepared.length });
}

/** When the callers of `/abandon` go away. */
let leaveNow = false;

/** Calls an action of the edge through a binding, once for each list of arguments, and aborts all when told to. */
async function abandon(env: Env, action: string, requests: unknown[][]): Promise<Response> {
  leaveNow = false;
  const caller = new AbortController();
  const outcomes = requests.map((args) =>
    env.SELF.fetch(`http://edge/edge/${action}`, {
      method: 'POST',
      body: JSON.stringify(args),
      signal: caller.signal,
    }).then(
      () => 'answered',
      (error: Error) => error.name,
    ),
  );
  while (!leaveNow) await scheduler.wait(10);
  caller.abort();
  return Response.json({ value: await Promise.all(outcomes) });
}

const state = createTelemetryState('isolate-1', { sendingMs: 300, flushAgeMs: 200 });

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const [, door, name, method] = new URL(request.url).pathname.split('/') as [string, string, string, string];
    const args = request.method === 'POST' ? ((await request.json()) as unknown[]) : [];
    const target: FlushTarget = { state, namespace: env.TELEMETRY as never, reports: () => [], now: () => Date.now() };
    if (door === 'shard') {
      const stub = env.TELEMETRY.get(env.TELEMETRY.idFromName(name)) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      try {
        return Response.json({ value: (await stub[method]?.(...args)) ?? null });
      } catch (error) {
        return Response.json({ error: (error as Error).message });
      }
    }
    if (door === 'reader') {
      const reader = new TelemetryReader(env.TELEMETRY as never, Number(name)) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      return Response.json({ value: await reader[method]?.(...args) });
    }
    if (door === 'measure') return measure(env, name, args);
    if (door === 'abandon') return abandon(env, name, args as unknown[][]);
    if (door === 'edge') {
      if (name === 'leave') leaveNow = true;
      const [record, expiresAtMs] = args as [CallRecord, number];
      if (name === 'call') {
        openCall(state, record, Date.now() + 10_000);
        closeCall(state, record, Date.now());
        flushAfterCall(target, ctx, record.shard);
      }
      // The invocation ends with its caller: were anything below the await run, the call would last 3 s.
      if (name === 'abandoned-call') {
        openCall(state, record, expiresAtMs);
        await scheduler.wait(3_000);
        closeCall(state, record, Date.now());
      }
      if (name === 'abandoned-flush') {
        openCall(state, record, Date.now() + 10_000);
        closeCall(state, record, Date.now());
        await flush(target, record.shard);
      }
      return Response.json({
        value: {
          open: state.open.size,
          inFlight: inFlight(state, 'payment', Date.now()),
          failedFlushes: state.failedFlushes,
          sending: [...state.shards.values()].some((buffer) => buffer.sending !== undefined),
        },
      });
    }
    return new Response('not found', { status: 404 });
  },
};
