/** The demo mesh: the shop's Workers behind their edges, with the documents of config/. */
import { fileURLToPath } from 'node:url';
import { type DevOptions, type RunningMesh, startDev } from '../../src/cli/dev/start.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The first one decides where local state is kept. */
const workers = ['storefront', 'orders', 'payment', 'payment-v2', 'inventory', 'shipping'];

export function startShop(options: Pick<DevOptions, 'port' | 'persist' | 'signal' | 'onLine'>): Promise<RunningMesh> {
  return startDev({
    ...options,
    configs: workers.map((worker) => `${root}workers/demo/${worker}/wrangler.toml`),
    documents: `${root}config`,
  });
}
