/** What a plan of a deployment is made from, and what it says. */
import type { ServiceEntry } from '../../../derive/derived/edge-wrangler.ts';
import type { WorkerRole } from '../../derive/derive-deployment.ts';
import type { StoredDocuments } from '../../dev/registry/documents.ts';
import type { AccountState } from '../account/account-state.ts';
import type { Step } from './deploy-step.ts';
import type { PublicPlan } from './plan-public.ts';

/** What the plan must know of a Worker that is to be deployed. */
export interface DeployingWorker {
  readonly name: string;
  readonly role: WorkerRole;
  readonly service?: string;
  /** The tag of what would be uploaded. */
  readonly mark: string;
  /** The tag of its form that admits calls past the edge; only for a strict Worker. */
  readonly admittingMark?: string;
  readonly services: readonly ServiceEntry[];
  /** It has schedules, queues or workflows, which are applied after the upload. */
  readonly triggers: boolean;
  readonly workersDev: boolean;
  /** Its own config gives it an address on workers.dev. */
  readonly wantsWorkersDev?: boolean;
}

export interface DeployInput {
  /** In the order of deployment within each role: callees before callers. */
  readonly workers: readonly DeployingWorker[];
  readonly registry: {
    readonly title: string;
    /** Undefined where the account has none. */
    readonly id?: string;
    readonly documents: StoredDocuments;
  };
  /** What the files say, and open documents for services without one. */
  readonly documents: StoredDocuments;
  readonly overwriteDocuments: boolean;
  readonly public: PublicPlan;
  readonly controlHost?: string;
  readonly identityHost?: string;
  readonly account: AccountState;
  /** Workers that bind a strict Worker and are not deployed with it, by its name. */
  readonly outsiders?: Readonly<Record<string, readonly string[]>>;
}

export interface DeployPlan {
  readonly steps: readonly Step[];
  /** What is as it should be already. */
  readonly done: readonly string[];
  /** What a reader should know. */
  readonly notes: readonly string[];
  /** What somebody would miss. */
  readonly warnings: readonly string[];
  /** What must be put right first: with one of them, no step is carried out. */
  readonly refusals: readonly string[];
}
