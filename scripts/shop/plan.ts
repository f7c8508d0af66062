/** The demo shop's plan, from its wrangler configs and the documents of config/, as deployment derives it. */
import { fileURLToPath } from 'node:url';
import { documentedServices, readFolder, trustDomainOf } from '../../src/cli/dev/registry/documents.ts';
import { readWorker } from '../../src/derive/configs/source-worker.ts';
import type { MeshPlan } from '../../src/derive/plan/mesh-plan.ts';
import { planMesh } from '../../src/derive/plan/plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The shop's Workers; the first one decides where local state is kept. */
export const shopConfigs = ['storefront', 'orders', 'payment', 'payment-v2', 'inventory', 'shipping'].map(
  (worker) => `${root}workers/demo/${worker}/wrangler.toml`,
);

export const shopDocuments = `${root}config`;

export async function demoPlan(): Promise<MeshPlan> {
  const workers = await Promise.all(shopConfigs.map(async (path) => (await readWorker(path, undefined)).source));
  const documents = await readFolder(shopDocuments);
  return planMesh({
    workers,
    documents: documentedServices(documents),
    // Every Worker of the shop is an ES module with a default export only.
    facts: Object.fromEntries(workers.map(({ worker }) => [worker, { runtime: true, exports: ['default'] }])),
    trustDomain: trustDomainOf(documents),
  });
}
