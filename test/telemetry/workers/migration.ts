/** A shard's storage that is brought to an old version, filled as that version was, and then to the newest. */
import { DurableObject } from 'cloudflare:workers';
import { MetricStore } from '../../../workers/telemetry/metric-store.ts';
import { bucketColumns, migrate } from '../../../workers/telemetry/schema.ts';

export class Shard extends DurableObject {
  migrated(): unknown {
    const { storage } = this.ctx;
    migrate(storage, 1);
    const buckets = bucketColumns.map((_, index) => (index === 2 ? 5 : 0)).join(', ');
    storage.sql.exec(
      `INSERT INTO metrics VALUES (60000, 'payment', 'v1', 'default', 'orders', 'fetch', 200, 'response', 5, 12.5, ${buckets})`,
    );
    migrate(storage);
    // A shard migrates whenever it starts.
    migrate(storage);
    const metrics = new MetricStore(storage.sql);
    const delta = {
      service: 'payment',
      version: 'v1',
      route: 'default',
      caller: 'orders',
      kind: 'fetch',
      status: 200,
      outcome: 'response',
      count: 1,
      sumMs: 1,
      buckets: [1],
    } as const;
    metrics.add(60_000, [
      { ...delta, buckets: [1] },
      { ...delta, buckets: [1], shadow: 'deny' },
      { ...delta, buckets: [1], shadow: 'deny', shadowRule: 'only-cart' },
    ]);
    return metrics.since(0);
  }
}

interface Env {
  readonly SHARD: DurableObjectNamespace<Shard>;
}

export default {
  async fetch(_request, { SHARD }) {
    return Response.json(await SHARD.get(SHARD.idFromName('a')).migrated());
  },
} satisfies ExportedHandler<Env>;
