/** What the in-Worker runtime of each Worker is told. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeConfig } from '../../core/configs/runtime-config.ts';
import type { PlannedWorker } from '../plan/mesh-plan.ts';
import type { Bundle } from './bundle.ts';

/** What does not follow from the plan. */
export type RuntimeChoices = Pick<RuntimeConfig, 'hosts' | 'known' | 'strict' | 'dev' | 'ownRoute'>;

export async function runtimeConfigOf(
  { source, caller, meshBindings, egress }: PlannedWorker,
  bundle: Bundle,
  { hosts, known, strict, dev, ownRoute }: RuntimeChoices,
): Promise<RuntimeConfig> {
  const objects = source.ownObjects ?? [];
  return {
    service: caller,
    bindings: meshBindings,
    // A listener for any host says nothing of where the mesh is: our headers would go to everybody.
    hosts: hosts.filter((host) => host !== '*'),
    ...(Object.keys(egress).length > 0 ? { egress } : {}),
    ...(known === undefined ? {} : { known }),
    ...(objects.length > 0 ? { objects } : {}),
    ...((await mentionsExports(bundle)) ? { loopbacks: true } : {}),
    ...(source.hasAssets && !ownRoute ? { unmarked: true } : {}),
    ...(ownRoute ? { ownRoute } : {}),
    ...(strict && !source.hasAssets ? { strict } : {}),
    ...(dev ? { dev } : {}),
  };
}

/** Code that never says `exports` cannot use `ctx.exports`, and its calls need not be prepared for it. */
async function mentionsExports({ folder, modules }: Bundle): Promise<boolean> {
  for (const { name, type } of modules) {
    if (type !== 'ESModule' && type !== 'CommonJS') continue;
    if (/\bexports\b/.test(await readFile(join(folder, name), 'utf8'))) return true;
  }
  return false;
}
