/** The dev gateway as a Worker of miniflare: its generated entry, its bindings and its sockets. */
import { readFile } from 'node:fs/promises';
import type { WorkerOptions } from 'miniflare';
import { inEnvironment } from '../../derive/names.ts';
import type { MeshPlan } from '../../derive/plan.ts';

/**
 * The numbers of the services' fronts. miniflare keeps the port of a socket of the same name, so a service keeps its number, and with it
 * its port, while others come and go.
 */
export class FrontNumbers {
  readonly #numbers = new Map<string, number>();

  of(service: string): number {
    let number = this.#numbers.get(service);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(service, number);
    }
    return number;
  }
}

/** Name of the gateway's export that is the front of a service. */
export function frontEntrypoint(number: number): string {
  return `Front${number}`;
}

function frontBinding(number: number): string {
  return `EDGE_${number}`;
}

/** The gateway's modules by name, the entry first. */
async function gatewayModules(fronts: readonly (readonly [string, number])[]): Promise<Record<string, string>> {
  const bindings = Object.fromEntries(fronts.map(([service, number]) => [service, frontBinding(number)]));
  const entry = [
    `import { gatewayFront, serviceFront } from './gateway-worker.mjs';`,
    ...fronts.map(
      ([, number]) =>
        `export const ${frontEntrypoint(number)} = serviceFront(${JSON.stringify(frontBinding(number))});`,
    ),
    `export default gatewayFront(${JSON.stringify(bindings)});`,
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
export async function gatewayOptions(plan: MeshPlan, numbers: FrontNumbers, port: number): Promise<WorkerOptions> {
  const fronts = plan.edges
    .map(({ service, name }) => ({ service, name, number: numbers.of(service) }))
    .sort((one, other) => one.number - other.number);
  const modules = await gatewayModules(fronts.map(({ service, number }) => [service, number]));
  return {
    name: gatewayName(plan),
    compatibilityDate: '2026-04-21',
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    serviceBindings: Object.fromEntries(fronts.map(({ name, number }) => [frontBinding(number), name])),
    kvNamespaces: { REGISTRY: plan.registryId },
    unsafeDirectSockets: [
      { host: '127.0.0.1', port },
      ...fronts.map(({ number }) => ({ host: '127.0.0.1', port: 0, entrypoint: frontEntrypoint(number) })),
    ],
  } as WorkerOptions;
}
