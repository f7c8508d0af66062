/**
 * The wrangler config of a derived user Worker: flat, one environment resolved. Its entry is already bundled, so that
 * everything about building is left out; nothing of it is public unless somebody says so, because the edge is its front.
 */

import type { ReadWorker } from '../configs/source-worker.ts';
import type { PlannedWorker } from '../plan/mesh-plan.ts';
import { codeConfig, type DerivedCode } from './code-config.ts';
import { serviceEntry } from './edge-wrangler.ts';
import { keptConfig } from './kept-config.ts';

/** What of its public addresses a derived Worker keeps; by default nothing, because the edge is its front. */
export interface KeptAddresses {
  readonly workers_dev: boolean;
  readonly preview_urls?: boolean;
  readonly routes?: readonly unknown[];
}

const closed: KeptAddresses = { workers_dev: false, preview_urls: false };

/** The derived config as it is written to `wrangler.json`. */
export function userWranglerConfig(
  worker: PlannedWorker,
  read: ReadWorker,
  code: DerivedCode,
  addresses: KeptAddresses = closed,
): Record<string, unknown> {
  const { compatibility_flags, ...kept } = keptConfig(read);
  return {
    name: worker.source.name,
    ...codeConfig(code),
    ...kept,
    ...addresses,
    services: worker.services.map(serviceEntry),
  };
}
