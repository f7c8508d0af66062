/** The metric deltas that an isolate gathers between two flushes: one cell for each distinct combination of labels. */
import type { CallRecord, MetricDelta } from './batch.ts';
import { emptyBuckets, latencyBucket } from './histogram.ts';

/** Cells of one batch; combinations beyond it share cells without version, route and caller. */
export const maxCells = 200;

/** The caller as a metric knows it. Principals of other trust domains and token subjects hold a `/`, service names never do. */
function callerLabel(caller: string): string {
  return caller.includes('/') ? 'external' : caller;
}

/** Names of members may be long paths; beyond this many characters the route's own name says enough. */
const maxMemberLength = 128;

/** RPC has no paths to tell routes apart by: the member that is called is the route of its metrics, where a route admitted it. */
function routeLabel({ kind, route, method }: CallRecord): string {
  return kind === 'rpc' && route !== '' && method.length <= maxMemberLength ? method : route;
}

/**
 * Counts one call. A linear search, not a map: an isolate sees few combinations, its strings are mostly the same objects, and so a
 * comparison is cheaper than building and hashing a key.
 */
export function countCall(cells: MetricDelta[], call: CallRecord): void {
  const caller = callerLabel(call.caller);
  const route = routeLabel(call);
  const cell =
    findCell(cells, call, call.version, route, caller, call.status) ??
    (cells.length < maxCells
      ? addCell(cells, call, call.version, route, caller, call.status)
      : overflowCell(cells, call));
  const bucket = latencyBucket(call.durationMs);
  cell.count++;
  cell.sumMs += call.durationMs;
  cell.buckets[bucket] = (cell.buckets[bucket] as number) + 1;
}

function overflowCell(cells: MetricDelta[], call: CallRecord): MetricDelta {
  const statusClass = Math.floor(call.status / 100) * 100;
  return findCell(cells, call, '*', '*', '*', statusClass) ?? addCell(cells, call, '*', '*', '*', statusClass);
}

function findCell(
  cells: readonly MetricDelta[],
  call: CallRecord,
  version: string,
  route: string,
  caller: string,
  status: number,
): MetricDelta | undefined {
  for (const cell of cells) {
    if (
      cell.status === status &&
      cell.service === call.service &&
      cell.outcome === call.outcome &&
      cell.version === version &&
      cell.route === route &&
      cell.caller === caller &&
      cell.shadow === call.shadow &&
      cell.shadowRule === call.shadowRule &&
      cell.kind === call.kind
    ) {
      return cell;
    }
  }
  return undefined;
}

function addCell(
  cells: MetricDelta[],
  call: CallRecord,
  version: string,
  route: string,
  caller: string,
  status: number,
): MetricDelta {
  const { service, kind, outcome, shadow, shadowRule } = call;
  const cell: MetricDelta = {
    service,
    version,
    route,
    caller,
    kind,
    status,
    outcome,
    // What JSON leaves out where it is undefined.
    shadow,
    shadowRule,
    count: 0,
    sumMs: 0,
    buckets: emptyBuckets(),
  };
  cells.push(cell);
  return cell;
}
