/** The search for traces: it opens blocks from the newest on, and stops as soon as no older block could change the answer. */
import type { CallRecord } from '../../src/telemetry/batch.ts';
import { callConditions, summariseTrace, traceLimit } from '../../src/telemetry/query.ts';
import type { TraceQuery, TraceSummary } from '../../src/telemetry/shard-api.ts';
import type { BlockStore } from './block-store.ts';

/** Blocks that one search holds in memory: 200,000 calls were searched within the 128 MB of an object with these, and not with 48. */
const heldBlocks = 16;
/** Blocks are opened in groups of 1, 2, 4, ... up to this many: a group costs one look at the keys of all blocks. */
const largestGroup = 8;

export function findTraces(store: BlockStore, query: TraceQuery): TraceSummary[] {
  const limit = traceLimit(query);
  const conditions = callConditions(query);
  const [first] = conditions;
  const open = heldOpen(store);
  const seen = new Set<string>();
  let found: TraceSummary[] = [];
  const blocks = store.candidates(query);
  for (let at = 0, size = 1; at < blocks.length; at += size, size = Math.min(size * 2, largestGroup)) {
    // Every trace in the blocks to come began no later than their newest call.
    const newest = blocks[at]?.last_start_ms as number;
    if (found.length === limit && (found[limit - 1] as TraceSummary).startMs >= newest) break;
    const fresh = new Set<string>();
    for (const block of blocks.slice(at, at + size)) {
      for (const call of open(block.id)) {
        if (!seen.has(call.traceId) && (first === undefined || first(call))) fresh.add(call.traceId);
      }
    }
    for (const traceId of fresh) seen.add(traceId);
    for (const calls of gather(store, open, fresh)) {
      if (!conditions.every((holds) => calls.some(holds))) continue;
      const summary = summariseTrace(calls);
      if (summary.startMs >= (query.sinceMs ?? 0)) found.push(summary);
    }
    found = found.sort((a, b) => b.startMs - a.startMs).slice(0, limit);
  }
  return found;
}

/** All stored calls of the traces, trace by trace. */
function gather(
  store: BlockStore,
  open: (id: number) => readonly CallRecord[],
  traceIds: ReadonlySet<string>,
): Iterable<CallRecord[]> {
  const traces = new Map<string, CallRecord[]>();
  if (traceIds.size === 0) return [];
  for (const id of store.withTraces(traceIds)) {
    for (const call of open(id)) {
      if (!traceIds.has(call.traceId)) continue;
      const calls = traces.get(call.traceId);
      if (calls === undefined) traces.set(call.traceId, [call]);
      else calls.push(call);
    }
  }
  return traces.values();
}

/** Opens each block once, as long as not too many are held. */
function heldOpen(store: BlockStore): (id: number) => readonly CallRecord[] {
  const held = new Map<number, readonly CallRecord[]>();
  return (id) => {
    const known = held.get(id);
    if (known !== undefined) return known;
    if (held.size >= heldBlocks) held.delete(held.keys().next().value as number);
    const calls = store.open(id);
    held.set(id, calls);
    return calls;
  };
}
