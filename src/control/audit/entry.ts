/** The audit log: who changed what, and who was not let. */
import type { Operator } from '../lock/operator.ts';
import type { Role } from '../lock/role.ts';

/** Who asks, as the log has it. */
export interface Caller {
  /** As in `Operator`; `''` where nobody is known. */
  readonly principal: string;
  readonly role: Role | 'none';
  readonly by: Operator['by'] | 'none';
  /** The address that connected, as the platform says; `''` where nothing says it. */
  readonly address: string;
}

/** What is asked for. */
export interface Asked {
  /** `put`, `apply`, `split`, `delete`; for a request that nothing here understands its method, in lower case. */
  readonly action: string;
  /** The key in the registry; of a request that was refused before it was read, the path. */
  readonly key: string;
}

/** A change that is about to be made. */
export interface Change extends Asked {
  /** Revisions; `''` where there is no document. */
  readonly before: string;
  readonly after: string;
  /** The change in words. */
  readonly words: readonly string[];
}

/**
 * `begun` is the outcome of a change that may have been made: its end was never told. `failed`: KV did not take it, as far as it said.
 */
export type Outcome = 'begun' | 'made' | 'failed' | 'refused';

export interface AuditEntry extends Caller, Change {
  readonly id: number;
  readonly atMs: number;
  readonly outcome: Outcome;
  /** Of a refused one: the error's code. */
  readonly code: string;
  /** How often the same was refused, one time after the other; 1 for anything else. */
  readonly times: number;
}

export interface AuditQuery {
  /** Only entries older than this one. */
  readonly before?: number;
  readonly key?: string;
  readonly outcome?: Outcome;
  /** 1 to 500. */
  readonly limit: number;
}

/** Entries, the newest first. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** The `before` of the next page; absent where there is none. */
  readonly next?: number;
}
