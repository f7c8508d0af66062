/** What all importers share while they read one input. */

import type { Draft } from './documents/draft.ts';
import type { MeshDraft } from './documents/mesh-draft.ts';
import type { Report } from './import-issue.ts';
import type { Cluster } from './manifests/cluster.ts';
import type { Manifest } from './manifests/manifest.ts';
import type { Names } from './names.ts';

export interface ImportContext {
  readonly report: Report;
  readonly names: Names;
  readonly cluster: Cluster;
  readonly manifests: readonly Manifest[];
  /** By the name of the service or gateway. */
  readonly drafts: Map<string, Draft>;
  readonly mesh: MeshDraft;
  /** Which Worker is which version, where somebody says so: `reviews:v2` or `reviews` to the Worker's name. */
  readonly workers: Readonly<Record<string, string>>;
  /** Istio's namespace for what counts in the whole mesh, where somebody says which it is. */
  readonly rootNamespace: string | undefined;
  /** Where issuers' keys can be fetched instead: what an address begins with, to what it begins with then. */
  readonly keyAddresses: Readonly<Record<string, string>>;
}
