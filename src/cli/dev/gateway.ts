/** The dev gateway as a Worker of miniflare: its generated entry, its bindings and its sockets. */
import { readFile } from 'node:fs/promises';
import type { WorkerOptions } from 'miniflare';
import { inEnvironment } from '../../derive/names.ts';
import type { MeshPlan } from '../../derive/plan.ts';

interface GatewayPlan {
  /** `service -> deployed name of its edge` */
  readonly edges: Readonly<Record<string, string>>;
  /** Hosts of the documents' public sections, `host -> service`. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** Name of the gateway's export that is the front of service number `index`. */
export function frontEntrypoint(index: number): string {
  return `Front${index}`;
}

function frontBinding(index: number): string {
  return `EDGE_${index}`;
}

/** The gateway's modules by name, the entry first. */
async function gatewayModules(plan: GatewayPlan): Promise<Record<string, string>> {
  const services = Object.keys(plan.edges);
  const bindings = Object.fromEntries(services.map((service, index) => [service, frontBinding(index)]));
  const entry = [
    `import { gatewayFront, serviceFront } from './gateway-worker.mjs';`,
    ...services.map(
      (_service, index) =>
        `export const ${frontEntrypoint(index)} = serviceFront(${JSON.stringify(frontBinding(index))});`,
    ),
    `export default gatewayFront(${JSON.stringify(bindings)}, ${JSON.stringify(plan.hosts)});`,
    '',
  ].join('\n');
  return {
    'entry.mjs': entry,
    'gateway-worker.mjs': await readFile(new URL('./gateway-worker.mjs', import.meta.url), 'utf8'),
  };
}

export function gatewayName(plan: MeshPlan): string {
  return inEnvironment('selvedge-gateway', plan.environment);
}

/** The gateway listens on `port`; the front of each service on a port that the system chooses. All on the loopback interface. */
export async function gatewayOptions(
  plan: MeshPlan,
  hosts: Readonly<Record<string, string>>,
  port: number,
): Promise<WorkerOptions> {
  const modules = await gatewayModules({
    edges: Object.fromEntries(plan.edges.map((edge) => [edge.service, edge.name])),
    hosts,
  });
  return {
    name: gatewayName(plan),
    compatibilityDate: '2026-04-21',
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    serviceBindings: Object.fromEntries(plan.edges.map((edge, index) => [frontBinding(index), edge.name])),
    unsafeDirectSockets: [
      { host: '127.0.0.1', port },
      ...plan.edges.map((_edge, index) => ({ host: '127.0.0.1', port: 0, entrypoint: frontEntrypoint(index) })),
    ],
  } as WorkerOptions;
}
