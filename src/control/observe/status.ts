/**
 * `status`: what control reads and validates in KV now, joined with what edges said in their last flush.
 * Control reads KV itself, so a broken document shows at once, without traffic; an edge speaks only when it has calls.
 */
import type { EdgeStatusRow, ShardCounts } from '../../telemetry/shard-api.ts';
import type { DocumentFinding } from './document-finding.ts';
import { withWords } from './refused-values.ts';

/**
 * What an edge's last report means against KV now. `problem`: it says itself that it does not serve the newest value.
 * `behind`: it still serves another revision though it had the time to see this one. `updating`: another revision, in time.
 * `idle`: no report for five minutes, so nothing is known about now.
 */
export type EdgeState = 'ok' | 'updating' | 'idle' | 'stale' | 'behind' | 'problem';

export interface EdgeView extends EdgeStatusRow {
  readonly state: EdgeState;
  /** Since the report was received, in ms. */
  readonly ageMs: number;
}

export interface ServiceStatus {
  readonly service: string;
  readonly document: DocumentFinding;
  /** Newest report first. Idle isolates are left out where another one is not idle, and all but the newest where none is. */
  readonly edges: readonly EdgeView[];
  readonly idleEdges: number;
}

export interface StatusView {
  readonly nowMs: number;
  /** Whether nothing needs a person: no document missing or malformed, no edge behind, stale or with a problem. */
  readonly healthy: boolean;
  readonly mesh: DocumentFinding;
  readonly services: readonly ServiceStatus[];
  readonly telemetry: {
    readonly counts: ShardCounts;
    /** Why some shards did not answer, in one sentence; `''` where all did. */
    readonly problem: string;
  };
}

export interface StatusInput {
  readonly nowMs: number;
  readonly refreshMs: number;
  readonly mesh: DocumentFinding;
  readonly documents: readonly DocumentFinding[];
  /** Services that the derivation found; each of them should have a document. */
  readonly declared: readonly string[];
  readonly edges: readonly EdgeStatusRow[];
  /** `key -> ms since the epoch` from which on KV is known to hold the present revision. */
  readonly knownSinceMs: Readonly<Record<string, number>>;
  readonly counts: ShardCounts;
  readonly telemetryProblem: string;
}

/** Seconds after which edges refresh, as shipped. */
export const defaultRefreshSeconds = 30;

/** An edge that has not reported for this long has no traffic, or is gone. */
export const idleAfterMs = 5 * 60_000;

/** What KV may take to show a write everywhere, on top of the refresh: 60 s in production, less where refresh is that of `dev`. */
export function propagationMs(refreshMs: number): number {
  return Math.min(60_000, Math.max(5_000, 2 * refreshMs));
}

/** What one report means against the document as control finds it. */
export function judgeEdge(
  row: EdgeStatusRow,
  document: Pick<DocumentFinding, 'revision' | 'state'>,
  input: Pick<StatusInput, 'nowMs' | 'refreshMs'> & { readonly knownSinceMs: number | undefined },
): EdgeState {
  if (input.nowMs - row.reportedAtMs > idleAfterMs) return 'idle';
  // A document that no edge can take up is said by the document's own state; edges rightly stay at the last good revision.
  const servable = document.state === 'ok' || document.state === 'unresolved';
  const differs = servable && row.revision !== document.revision;
  const since = input.knownSinceMs;
  const hadTime = since !== undefined && row.reportedAtMs > since + input.refreshMs + propagationMs(input.refreshMs);
  if (row.problem !== '' && (!differs || hadTime || row.readAtMs === 0)) return 'problem';
  if (row.stale) return 'stale';
  if (!differs) return 'ok';
  return hadTime ? 'behind' : 'updating';
}

function joinService(service: string, document: DocumentFinding, input: StatusInput): ServiceStatus {
  const facts = { nowMs: input.nowMs, refreshMs: input.refreshMs, knownSinceMs: input.knownSinceMs[document.key] };
  const all = input.edges
    .filter((row) => row.service === service)
    .map(
      (row): EdgeView => ({
        ...row,
        problem: withWords(row.problem, [document, input.mesh]),
        state: judgeEdge(row, document, facts),
        ageMs: Math.max(0, input.nowMs - row.reportedAtMs),
      }),
    )
    .sort((one, other) => one.ageMs - other.ageMs);
  const active = all.filter((edge) => edge.state !== 'idle');
  const idle = all.length - active.length;
  return { service, document, edges: active.length > 0 ? active : all.slice(0, 1), idleEdges: idle };
}

const healthyStates: ReadonlySet<EdgeState> = new Set(['ok', 'updating', 'idle']);

/** Joins both sides: services with a document, services that the derivation declares, and services of which only an edge speaks. */
export function joinStatus(input: StatusInput): StatusView {
  const byService = new Map<string, DocumentFinding>();
  for (const document of input.documents) byService.set(document.key.slice('service/'.length), document);
  for (const service of [...input.declared, ...input.edges.map((row) => row.service)]) {
    if (byService.has(service)) continue;
    byService.set(service, { key: `service/${service}`, revision: '', state: 'missing', issues: [] });
  }
  const services = [...byService]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([service, document]) => joinService(service, document, input));
  const sound = (document: DocumentFinding) => document.state === 'ok' || document.state === 'unresolved';
  // A mesh without a document of its own lives on the defaults.
  const healthy =
    input.mesh.state !== 'malformed' &&
    services.every((one) => sound(one.document) && one.edges.every((edge) => healthyStates.has(edge.state))) &&
    input.telemetryProblem === '';
  return {
    nowMs: input.nowMs,
    healthy,
    mesh: input.mesh,
    services,
    telemetry: { counts: input.counts, problem: input.telemetryProblem },
  };
}
