/** What a plan is made from: the users' Workers, and what the documents and bundles say that bears on bindings. */
import type { Authorisers } from '../../model/references.ts';
import type { SourceWorker } from '../configs/source-worker.ts';

/** What the derivation must know of a service's document. */
export interface DocumentedService {
  readonly service: string;
  /** `versions.*.worker` */
  readonly workers: readonly string[];
  /** Other services to which its routes send calls. */
  readonly peers?: readonly string[];
  /** Whom its access rules may ask, the mesh's included where it has them. */
  readonly authorisers?: Authorisers;
  /** Hosts outside of the mesh for which the service stands. */
  readonly egressHosts?: readonly string[];
  /** Hosts of the URLs under which its versions are reached. */
  readonly urlHosts?: readonly string[];
  /** Names of the client certificates that its versions show. */
  readonly certificates?: readonly string[];
}

/** What the `mesh` document says of calls out of the mesh. */
export interface EgressPolicy {
  readonly mode: 'registry-only' | 'allow-any';
  readonly hosts: readonly string[];
}

/** What only the bundle tells. */
export interface WorkerFacts {
  /** Whether the in-Worker runtime can be put before its code. */
  readonly runtime: boolean;
  /** Why it cannot, in a few words. */
  readonly obstacle?: string;
  /** Names of its entrypoints, `default` included; undefined where they are not known. */
  readonly exports?: readonly string[];
}

export interface PlanInput {
  readonly environment?: string;
  readonly workers: readonly SourceWorker[];
  readonly documents: readonly DocumentedService[];
  /** By `SourceWorker.worker`. */
  readonly facts: Readonly<Record<string, WorkerFacts>>;
  /** From the `mesh` document, if it names one. */
  readonly trustDomain?: string;
  /** From the `mesh` document, if it has one. */
  readonly egress?: EgressPolicy;
  /** From the `mesh` document: whom the rules of services without a document of their own may ask. */
  readonly authorisers?: Authorisers;
}
