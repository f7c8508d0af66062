/** The JSON of the admin API: what control answers and the CLI and the dashboard read. */
import type { Issue } from '../model/findings/issue.ts';
import type { CallRecord } from '../telemetry/batch.ts';
import type { TraceSummary } from '../telemetry/shard-api.ts';
import type { TraceNode } from '../telemetry/trace.ts';
import type { WeightChange } from './documents/split.ts';
import type { DocumentState } from './observe/document-finding.ts';
import type { DryRunView } from './observe/dry-run.ts';

/** Every refusal of control. `code` is stable; `message` is for people. */
export interface ControlErrorBody {
  readonly error: {
    readonly code: ControlErrorCode;
    readonly message: string;
    /** With `malformed`: every mistake, placed. */
    readonly issues?: readonly Issue[];
    readonly [fact: string]: unknown;
  };
}

export type ControlErrorCode =
  | 'host_refused'
  | 'origin_refused'
  | 'no_token_configured'
  | 'unauthenticated'
  | 'keys_unavailable'
  | 'no_role'
  | 'role_needed'
  | 'content_type_refused'
  | 'rate_limited'
  | 'audit_unavailable'
  | 'not_found'
  | 'bad_request'
  | 'bad_key'
  | 'malformed'
  | 'revision_conflict'
  | 'split_refused'
  | 'ambiguous_trace'
  | 'telemetry_unavailable'
  | 'internal';

export interface DocumentSummary {
  readonly key: string;
  readonly revision: string;
  readonly state: DocumentState;
  readonly issues: readonly Issue[];
  /** When control wrote it, in ms since the epoch; undefined where it was written past control. */
  readonly writtenAtMs?: number;
}

export interface DocumentAnswer extends DocumentSummary {
  /** The stored bytes as they are. */
  readonly text: string;
  /** The document as data; `null` where it is malformed. */
  readonly document: unknown;
}

export interface DocumentList {
  readonly documents: readonly DocumentSummary[];
}

export interface WriteAnswer {
  readonly key: string;
  readonly change: 'unchanged' | 'created' | 'updated';
  /** The change in words, one line each. */
  readonly words: readonly string[];
  readonly revision: string;
}

export interface WriteManyRequest {
  readonly documents: readonly {
    /** Named in the issues. */
    readonly file: string;
    /** YAML or JSON; a YAML file may hold several documents. */
    readonly text: string;
  }[];
  /** Says what would change and writes nothing. */
  readonly dryRun?: boolean;
}

export interface WriteManyAnswer {
  readonly dryRun: boolean;
  readonly results: readonly WriteAnswer[];
  /** What lint has to say about the written documents in the whole mesh; they were written all the same. */
  readonly warnings: readonly Issue[];
}

export interface SplitAnswer {
  readonly service: string;
  readonly route: string;
  readonly changes: readonly WeightChange[];
  readonly revision: string;
  /** Seconds after which every edge has been told to look. */
  readonly refreshSeconds: number;
}

export interface DryRunAnswer {
  readonly services: readonly DryRunView[];
  /** Which shards did not answer and why; `''` where all did. */
  readonly problem: string;
}

export interface TraceList {
  readonly traces: readonly TraceSummary[];
  /** Which shards did not answer and why; `''` where all did. */
  readonly problem: string;
}

export interface TraceAnswer {
  /** The whole id, where a prefix was asked for. */
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Worker invocations that the journey took, of the platform's 32. */
  readonly invocations: number;
  /** What the edges stored, by start time. */
  readonly calls: readonly CallRecord[];
  /** The same as a tree of calls and attempts. */
  readonly tree: readonly TraceNode[];
  /** Span ids of calls whose parent is not stored. */
  readonly orphans: readonly string[];
  /** As in a list. */
  readonly problem: string;
}
