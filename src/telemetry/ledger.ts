/**
 * What a shard remembers of an isolate's batches: which sequences it has, and how many calls the isolate counted. Pure, so that the
 * laws (no batch counts twice, what never came is known) hold apart from any storage.
 */

export interface LedgerEntry {
  /** The highest sequence received. */
  readonly lastSequence: number;
  /** Cumulative calls of that batch. */
  readonly calls: number;
  /** Calls in the batches received. */
  readonly received: number;
  /** Sequences below `lastSequence` that have not come, ascending; at most `maxMissing`. */
  readonly missing: readonly number[];
}

/** Gaps that are remembered; the oldest are given up first, and a batch that then comes after all is ignored. */
export const maxMissing = 64;

const nothing: LedgerEntry = { lastSequence: 0, calls: 0, received: 0, missing: [] };

/**
 * Enters a batch. `undefined` means that it was received before and must be ignored. A batch that arrives late, after its
 * successors, fills its gap: its calls are no longer lost.
 */
export function enter(
  entry: LedgerEntry | undefined,
  batch: { readonly sequence: number; readonly calls: number; readonly batchCalls: number },
): LedgerEntry | undefined {
  const before = entry ?? nothing;
  const received = before.received + batch.batchCalls;
  if (batch.sequence <= before.lastSequence) {
    if (!before.missing.includes(batch.sequence)) return undefined;
    return { ...before, received, missing: before.missing.filter((sequence) => sequence !== batch.sequence) };
  }
  const missing = [...before.missing];
  const firstRemembered = Math.max(before.lastSequence + 1, batch.sequence - maxMissing);
  for (let sequence = firstRemembered; sequence < batch.sequence; sequence++) missing.push(sequence);
  return { lastSequence: batch.sequence, calls: batch.calls, received, missing: missing.slice(-maxMissing) };
}

/** Calls in batches that never came. */
export function lostCalls(entry: LedgerEntry): number {
  return entry.calls - entry.received;
}
