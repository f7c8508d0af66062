/** What all importers share while they read one input. */
import type { Cluster } from './cluster.ts';
import type { Draft } from './draft.ts';
import type { Report } from './import-issue.ts';
import type { Manifest } from './manifest.ts';
import type { Names } from './names.ts';

export interface ImportContext {
  readonly report: Report;
  readonly names: Names;
  readonly cluster: Cluster;
  readonly manifests: readonly Manifest[];
  /** By the name of the service or gateway. */
  readonly drafts: Map<string, Draft>;
  /** Which Worker is which version, where somebody says so: `reviews:v2` or `reviews` to the Worker's name. */
  readonly workers: Readonly<Record<string, string>>;
}
