/** The demo mesh: the shop's Workers behind their edges, with the documents of config/. */
import { type DevOptions, type RunningMesh, startDev } from '../../src/cli/dev/start.ts';
import { shopConfigs, shopDocuments } from './plan.ts';

export function startShop(
  options: Pick<DevOptions, 'port' | 'persist' | 'watch' | 'signal' | 'onLine'>,
): Promise<RunningMesh> {
  return startDev({ ...options, configs: shopConfigs, documents: shopDocuments });
}
