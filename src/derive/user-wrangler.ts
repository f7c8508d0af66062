/**
 * The wrangler config of a derived user Worker: flat, one environment resolved. Its entry is already bundled, so that
 * everything about building is left out; nothing of it is public, because the edge is its front.
 */
import { codeConfig, type DerivedCode } from './code-config.ts';
import { serviceEntry } from './edge-wrangler.ts';
import { keptConfig } from './kept-config.ts';
import type { PlannedWorker } from './plan.ts';
import type { ReadWorker } from './source-worker.ts';

/** The derived config as it is written to `wrangler.json`. */
export function userWranglerConfig(
  worker: PlannedWorker,
  read: ReadWorker,
  code: DerivedCode,
): Record<string, unknown> {
  const { compatibility_flags, ...kept } = keptConfig(read);
  return {
    name: worker.source.name,
    ...codeConfig(code),
    ...kept,
    workers_dev: false,
    preview_urls: false,
    services: worker.services.map(serviceEntry),
  };
}
