/** The dev gateway as a Worker of miniflare: its generated entry, its bindings and its sockets. */
import { readFile } from 'node:fs/promises';
import type { WorkerOptions } from 'miniflare';
import { loadEsbuild } from '../../../derive/code/esbuild.ts';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import { inEnvironment } from '../../../derive/plan/names.ts';

/** Name of the gateway's export that is the front of the service at this place among the plan's edges. */
export function frontEntrypoint(number: number): string {
  return `Front${number}`;
}

function frontBinding(number: number): string {
  return `EDGE_${number}`;
}

/** The gateway's modules by name, the entry first. */
async function gatewayModules({ edges }: MeshPlan): Promise<Record<string, string>> {
  const bindings = Object.fromEntries(edges.map(({ service }, number) => [service, frontBinding(number)]));
  const entry = [
    `import { gatewayFront, serviceFront } from './gateway-worker.mjs';`,
    ...edges.map(
      (_edge, number) =>
        `export const ${frontEntrypoint(number)} = serviceFront(${JSON.stringify(frontBinding(number))});`,
    ),
    `export default gatewayFront(${JSON.stringify(bindings)});`,
    '',
  ].join('\n');
  const hostIndex = await readFile(new URL('../../../core/urls/host-index.ts', import.meta.url), 'utf8');
  return {
    'entry.mjs': entry,
    'gateway-worker.mjs': await readFile(new URL('./gateway-worker.mjs', import.meta.url), 'utf8'),
    'host-index.mjs': (await loadEsbuild().transform(hostIndex, { loader: 'ts' })).code,
  };
}

export function gatewayName(plan: MeshPlan): string {
  return inEnvironment('selvedge-gateway', plan.environment);
}

/** A socket that a name in front of the mesh leads to. */
export const innerSocket = { host: '127.0.0.1', port: 0 };

/** The gateway, and the front of each service, on a socket each. */
export async function gatewayOptions(plan: MeshPlan): Promise<WorkerOptions> {
  const modules = await gatewayModules(plan);
  return {
    name: gatewayName(plan),
    compatibilityDate: '2026-04-21',
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    serviceBindings: Object.fromEntries(plan.edges.map(({ name }, number) => [frontBinding(number), name])),
    kvNamespaces: { REGISTRY: plan.registryId },
    unsafeDirectSockets: [
      innerSocket,
      ...plan.edges.map((_edge, number) => ({ ...innerSocket, entrypoint: frontEntrypoint(number) })),
    ],
  } as WorkerOptions;
}
