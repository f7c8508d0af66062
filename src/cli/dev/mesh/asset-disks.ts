/** Disk services of their own for several Workers with assets in one miniflare instance; see assets-plugin.mjs. */
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from 'miniflare';

const plugin = { package: fileURLToPath(new URL('./assets-plugin.mjs', import.meta.url)), name: 'selvedge-assets' };

/** The workers, of which the first makes the asset services of all, where more than one has assets. */
export function withAssetDisks(workers: readonly WorkerOptions[]): WorkerOptions[] {
  const withAssets = workers.filter((worker) => worker.assets !== undefined);
  const [first, ...others] = workers;
  if (withAssets.length < 2 || first === undefined) return [...workers];
  const unsafeBindings = withAssets.map((worker, index) => ({
    name: `ASSETS_${index}`,
    type: 'selvedge-assets',
    plugin,
    options: asJson({
      assets: { ...worker.assets, workerName: worker.name },
      worker: { compatibilityDate: worker.compatibilityDate, compatibilityFlags: worker.compatibilityFlags },
    }),
  }));
  return [
    { ...first, unsafeBindings: [...(first.unsafeBindings ?? []), ...unsafeBindings] } as WorkerOptions,
    ...others,
  ];
}

/** Options of a plugin are JSON, which has no undefined. */
function asJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
