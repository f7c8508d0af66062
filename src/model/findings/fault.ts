import type { FaultName } from './fault-words.ts';
import type { PathKey } from './issue.ts';

/** What is wrong, and where, by name: all that an edge needs to know. The words stand in `fault-words.ts`. */
export interface Fault {
  readonly path: readonly PathKey[];
  readonly name: FaultName;
  /** What the words hold of the document. */
  readonly values: readonly string[];
}
