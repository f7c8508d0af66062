/** `npm start`: runs the shop until Ctrl-C, and says where to look and what to try. */
import { kvLine } from '../../src/cli/commands/dev.ts';
import type { ReadyInfo } from '../../src/cli/dev/mesh/mesh-host.ts';
import { runSession } from '../../src/cli/dev/session/run-session.ts';
import type { RunningMesh } from '../../src/cli/dev/start.ts';
import { paint } from '../../src/cli/output.ts';
import { startShop } from './mesh.ts';

export interface ServeOptions {
  /** Port of the gateway; 8787, or the next free one, unless said. */
  readonly port?: number;
  /** Where state is kept; beside the storefront's config unless said. */
  readonly persist?: string;
  /** One line of JSON instead of the welcome. */
  readonly json: boolean;
}

export async function serve({ json, ...options }: ServeOptions): Promise<void> {
  const onLine = (line: string) => process.stderr.write(`${line}\n`);
  onLine('Starting the shop: six Workers, an edge before each service ...');
  await runSession(
    (signal) => startShop({ ...options, watch: true, signal, onLine }),
    (mesh) => process.stdout.write(json ? `${JSON.stringify(mesh.info)}\n` : welcome(mesh)),
  );
}

function welcome(mesh: RunningMesh): string {
  const { control, token, services } = mesh.info;
  const at = (service: string) => `http://${services[service]?.host}`;
  const others = Object.keys(services).filter((service) => service !== 'storefront');
  const payment = services.payment as ReadyInfo['services'][string];
  const order = `curl -s ${at('storefront')}/orders -d '{"sku":"cloth","quantity":2}'`;
  const title = (text: string) => paint('bold', text);
  return `
${title('The shop')}       ${at('storefront')}/
${title('The mesh')}       ${control}/?token=${token}
${title('Its services')}   ${others.map(at).join('  ')}

${title('Try, in another terminal')}
  Order something          ${order}
  See what happened        npx selvedge traces
                           npx selvedge trace ID
  Move half to payment v2  npx selvedge split payment v1=50 v2=50
  Be a tester, always v2   ${order} -H 'x-user: tester'
  Be refused               curl -s ${at('payment')}/charge -d '{}'
  What is served where     npx selvedge status

The documents of config/ are in KV now, where wrangler may edit them like anything else:
  npx selvedge get payment -o json > payment.json
  ${kvLine({ ...mesh, info: { ...mesh.info, services: { payment } } })}

Ctrl-C ends it all.
`;
}
