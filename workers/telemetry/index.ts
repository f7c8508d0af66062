/** The telemetry Worker: it exists for its Durable Object class and has no HTTP surface. */
export { TelemetryShard } from './shard.ts';

export default {
  fetch: () => new Response('not found\n', { status: 404 }),
} satisfies ExportedHandler;
