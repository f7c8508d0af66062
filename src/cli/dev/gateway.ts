/** The generated entry of the dev gateway. */
import { readFile } from 'node:fs/promises';

export interface GatewayPlan {
  /** `service -> deployed name of its edge` */
  readonly edges: Readonly<Record<string, string>>;
  /** Hosts of the documents' public sections, `host -> service`. */
  readonly hosts: Readonly<Record<string, string>>;
}

/** Name of the gateway's export that is the front of service number `index`. */
export function frontEntrypoint(index: number): string {
  return `Front${index}`;
}

export function frontBinding(index: number): string {
  return `EDGE_${index}`;
}

/** The gateway's modules by name, the entry first. */
export async function gatewayModules(plan: GatewayPlan): Promise<Record<string, string>> {
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
