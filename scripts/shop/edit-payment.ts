/** Edits the payment service's document in KV as its owner would: with plain wrangler, past Selvedge. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { ControlClient } from '../../src/cli/control/control-client.ts';
import type { RunningMesh } from '../../src/cli/dev/start.ts';
import type { DocumentAnswer } from '../../src/control/api-types.ts';
import { serviceKey } from '../../src/core/configs/edge-config.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';

const wrangler = createRequire(import.meta.url).resolve('wrangler/bin/wrangler.js');
const key = serviceKey('payment');

/** Sets the weights of the default route and answers the revision that the edge will serve. */
export async function splitPayment(
  mesh: RunningMesh,
  control: ControlClient,
  weights: Readonly<Record<string, number>>,
): Promise<string> {
  const { document } = await control.get<DocumentAnswer>(`/api/documents/${encodeURIComponent(key)}`);
  const text = JSON.stringify(withWeights(document as ServiceDocument, weights));
  const args = [
    'kv',
    'key',
    'put',
    key,
    text,
    '--namespace-id',
    mesh.registryId,
    '--local',
    '--persist-to',
    mesh.stateFolder,
  ];
  await promisify(execFile)(process.execPath, [wrangler, ...args], {
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function withWeights(document: ServiceDocument, weights: Readonly<Record<string, number>>): ServiceDocument {
  const backends = Object.entries(weights).map(([version, weight]) => ({ version, weight }));
  const routes = document.routes?.map((route) => (route.name === 'default' ? { ...route, backends } : route));
  return { ...document, routes };
}
