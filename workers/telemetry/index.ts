/** The telemetry Worker: it exists for its Durable Object class and has no HTTP surface. */
import type { Bindings } from './bindings.ts';
import type { TelemetryEnv } from './shard.ts';

export { TelemetryShard } from './shard.ts';

export default {
  // Our own config gives every var, though the shard has defaults for all.
  fetch: (_request: Request, _env: Required<TelemetryEnv>) => new Response('not found\n', { status: 404 }),
} satisfies ExportedHandler<Bindings>;
