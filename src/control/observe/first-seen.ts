/** From when on KV is known to hold a revision: what control wrote is marked, for the rest an isolate remembers when it first saw it. */
import type { ReadDocument } from '../documents/read-mesh.ts';

/** Plain data of this isolate; a fresh isolate knows less, and then calls an edge `updating` that is behind, never the reverse. */
const firstSeen = new Map<string, { readonly revision: string; readonly atMs: number }>();

/** `key -> ms since the epoch`, for every document that was read. */
export function knownSince(documents: readonly ReadDocument[], nowMs: number): Record<string, number> {
  const since: Record<string, number> = {};
  for (const { key, revision, writtenAtMs } of documents) {
    const seen = firstSeen.get(key);
    const atMs = seen?.revision === revision ? seen.atMs : nowMs;
    if (seen?.revision !== revision) firstSeen.set(key, { revision, atMs });
    since[key] = Math.min(atMs, writtenAtMs ?? atMs);
  }
  return since;
}
