import type { Issue } from '../../model/findings/issue.ts';

/** One KV key as control finds it. */
export interface DocumentFinding {
  readonly key: string;
  /** `''` where the key is absent. */
  readonly revision: string;
  readonly state: DocumentState;
  /** Malformed: every mistake. Unresolved: what cannot be reached. */
  readonly issues: readonly Issue[];
}

/** `missing`: no such key, or an empty value. `unresolved`: valid, but part of it cannot be reached. */
export type DocumentState = 'ok' | 'missing' | 'malformed' | 'unresolved';
