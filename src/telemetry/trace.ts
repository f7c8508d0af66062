/** A journey as a tree of spans, assembled from the calls that the edges stored. */
import type { AttemptRecord, CallRecord, Outcome } from './batch.ts';

/** One row of a trace: a call is a SERVER span, each of its attempts a CLIENT span (OpenTelemetry span kinds). */
export interface Span {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: 'server' | 'client';
  /** 0 for a root; an attempt is one deeper than its call, a call one deeper than the attempt that caused it. */
  readonly depth: number;
  readonly service: string;
  readonly version: string;
  /** Method and path of a fetch, method of an RPC call; the endpoint of an attempt. */
  readonly name: string;
  readonly caller: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: number;
  readonly outcome: Outcome;
  readonly reason: string;
  /** Whether the edge decided by a document that was too old; false for an attempt. */
  readonly stale: boolean;
  /** `''` where none was found, and for an attempt. */
  readonly route: string;
  /** Number of the attempt from 1; 0 for a call and for the copy that a mirror sent. */
  readonly attempt: number;
  /** What access rules say that decide nothing, one text each: audit rules that matched, and what dry-run rules would have decided. */
  readonly notes: readonly string[];
}

export interface TraceNode extends Span {
  /** By start time. */
  readonly children: readonly TraceNode[];
}

export interface Trace {
  readonly traceId: string;
  /** The calls without a stored parent, by start time: the journey's root or roots, and orphans. */
  readonly roots: readonly TraceNode[];
  /** All spans in the order of a waterfall: parents before children, siblings by start. */
  readonly spans: readonly TraceNode[];
  /** Span ids of the calls whose parent was a call of this trace and is not stored. */
  readonly orphans: readonly string[];
  readonly startMs: number;
  readonly durationMs: number;
  /** See `countInvocations`. */
  readonly invocations: number;
}

/** Worker invocations that the platform allows one request to use in total, and the count from which a trace is marked. */
export const invocationLimit = 32;
export const invocationWarning = 24;

/**
 * Builds the tree. The parent of a call is the attempt whose span it names, or else the call; a call whose parent is not stored stands
 * at the top. Such a call is a root of the journey if no edge came before it (one hop): its parent, if it names one, lies outside
 * the mesh, or is an event such as an alarm, which may have caused several roots. Else it is an orphan. A call stored twice appears once.
 */
export function assembleTrace(stored: readonly CallRecord[]): Trace {
  const records = [...new Map(stored.map((call) => [call.spanId, call])).values()].sort(
    (a, b) => a.startMs - b.startMs || a.hops - b.hops || (a.spanId < b.spanId ? -1 : 1),
  );
  const calls = records.filter((record) => record.mirror !== true);
  const spanIds = new Set(records.flatMap((call) => [call.spanId, ...call.attempts.map((attempt) => attempt.spanId)]));
  const family = {
    calls: new Map<string, CallRecord[]>(),
    mirrors: new Map<string, CallRecord[]>(),
    reached: new Set<string>(),
  };
  const top: CallRecord[] = [];
  for (const record of records) {
    if (record.mirror !== true && !spanIds.has(record.parentSpanId)) top.push(record);
    else {
      const byParent = record.mirror === true ? family.mirrors : family.calls;
      byParent.set(record.parentSpanId, [...(byParent.get(record.parentSpanId) ?? []), record]);
    }
  }
  const roots = top.map((call) => callNode(call, 0, family));
  // Calls that name each other as parents can only be forged; they are shown all the same, from the earliest.
  for (const call of calls) if (!family.reached.has(call.spanId)) roots.push(callNode(call, 0, family));
  const startMs = calls[0]?.startMs ?? 0;
  return {
    traceId: calls[0]?.traceId ?? '',
    roots,
    spans: roots.flatMap(flatten),
    orphans: top.filter((call) => call.hops > 1).map((call) => call.spanId),
    startMs,
    durationMs: Math.max(0, ...calls.map((call) => call.startMs + call.durationMs - startMs)),
    invocations: countInvocations(records),
  };
}

/** Whether every parent is stored, but for what lies before the first edge. */
export function isComplete(trace: Trace): boolean {
  return trace.roots.length > 0 && trace.orphans.length === 0;
}

/**
 * Worker invocations of a journey, of which the platform allows 32: one per call for its edge, one per attempt and per mirror's copy that
 * reached a Worker (not a URL), and one for the Worker that made the first call, if that call came through a binding. What a Worker does past the mesh
 * is not in it.
 */
export function countInvocations(records: readonly CallRecord[]): number {
  let count = records.some((call) => call.door === 'mesh' && call.hops <= 1) ? 1 : 0;
  for (const call of records) {
    if (call.mirror !== true) count++;
    for (const attempt of call.attempts) if (reachedWorker(attempt)) count++;
  }
  return count;
}

const beforeDispatch: ReadonlySet<Outcome> = new Set<Outcome>([
  'backend_unresolved',
  'no_backend',
  'no_endpoint',
  'not_sent',
  'identity_unavailable',
]);

function reachedWorker(attempt: AttemptRecord): boolean {
  return !attempt.endpoint.includes('://') && !beforeDispatch.has(attempt.outcome);
}

/** The records of a trace by the span that caused them: calls, and copies that mirrors sent. */
interface Family {
  readonly calls: ReadonlyMap<string, readonly CallRecord[]>;
  readonly mirrors: ReadonlyMap<string, readonly CallRecord[]>;
  /** Span ids of the calls that have a node. */
  readonly reached: Set<string>;
}

function callNode(call: CallRecord, depth: number, family: Family): TraceNode {
  family.reached.add(call.spanId);
  const attempts = call.attempts.map((attempt, index) => attemptNode(call, attempt, index + 1, depth + 1, family));
  const copies = (family.mirrors.get(call.spanId) ?? []).flatMap((copy) =>
    copy.attempts.map((attempt) => attemptNode(copy, attempt, 0, depth + 1, family)),
  );
  const { spanId, parentSpanId, service, version, caller, startMs, durationMs, status, outcome, reason } = call;
  const { stale, route } = call;
  return {
    spanId,
    parentSpanId,
    kind: 'server',
    depth,
    service,
    version,
    name: call.kind === 'rpc' ? `${call.method}()` : `${call.method} ${call.path}`,
    caller,
    startMs,
    durationMs,
    status,
    outcome,
    reason,
    stale,
    route,
    attempt: 0,
    notes: accessNotes(call),
    children: [...attempts, ...copies, ...callNodes(spanId, depth + 1, family)].sort((a, b) => a.startMs - b.startMs),
  };
}

function accessNotes({ audit = [], shadow, shadowRule, revision }: CallRecord): readonly string[] {
  const notes = audit.length === 0 ? [] : [`audit: ${audit.join(', ')}`];
  if (shadow === undefined) return notes;
  const by = shadowRule === undefined ? 'by no rule' : `by ${shadowRule}`;
  return [...notes, `dry run: ${shadow === 'allow' ? 'allowed' : 'denied'} ${by} (revision ${revision})`];
}

/** `number` counts from 1; 0 is a copy, whose record says why it was not sent. */
function attemptNode(
  call: CallRecord,
  attempt: AttemptRecord,
  number: number,
  depth: number,
  family: Family,
): TraceNode {
  const { spanId, version, endpoint, startMs, durationMs, status, outcome } = attempt;
  return {
    spanId,
    parentSpanId: number === 0 ? call.parentSpanId : call.spanId,
    kind: 'client',
    depth,
    service: call.service,
    version,
    name: endpoint,
    caller: call.service,
    startMs,
    durationMs,
    status,
    outcome,
    reason: number === 0 ? call.reason : '',
    stale: false,
    route: '',
    attempt: number,
    notes: [],
    children: callNodes(spanId, depth + 1, family),
  };
}

function callNodes(parentSpanId: string, depth: number, family: Family): TraceNode[] {
  const calls = family.calls.get(parentSpanId) ?? [];
  return calls.filter((call) => !family.reached.has(call.spanId)).map((call) => callNode(call, depth, family));
}

function flatten(node: TraceNode): TraceNode[] {
  return [node, ...node.children.flatMap(flatten)];
}
