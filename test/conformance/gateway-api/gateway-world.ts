/** Worlds and entries of the Gateway API's cases. */

import { hasLabels } from '../world/manifests.ts';
import type { Entry } from '../world/plan-edges.ts';
import { buildWorld, podOf, type World } from '../world/world.ts';
import type { CaseFolder, ConformanceCase, Probe } from './case-file.ts';

/** The world of a case: the base manifests of its profile and its own. `without` leaves one object of them out. */
export function gatewayWorld(
  file: ConformanceCase,
  folder: CaseFolder,
  own: readonly string[] = ownTexts(file),
): World {
  const base = file.profile === 'MESH-HTTP' ? folder.baseMesh : folder.baseGateway;
  return buildWorld({ name: file.name, texts: [base, ...own] });
}

export function ownTexts(file: ConformanceCase): readonly string[] {
  return [file.supportManifest, file.gatewayManifest, file.manifest].filter((text) => text !== undefined);
}

/** Where a probe enters, and the origin that its client calls. */
export function entryOf(world: World, { request }: Probe): { readonly entry: Entry; readonly origin: string } {
  const { gateway, host, port = 80, scheme = 'http', connectTo = '', from } = request;
  if (gateway !== undefined) {
    const name = world.nameOf(`gateway ${gateway}`);
    if (name === undefined) throw new Error(`${world.name} dials ${gateway}, which no manifest declares`);
    const isUsual = port === (scheme === 'https' ? 443 : 80);
    return {
      entry: { kind: 'public', gateway: name },
      origin: `${scheme}://${host ?? (isUsual ? 'gateway' : `gateway:${port}`)}`,
    };
  }
  const namespace = from?.namespace ?? 'default';
  const pod = /^\{\{podIP:([^}]*)\}\}/.exec(connectTo);
  if (pod !== null) {
    const labels = Object.fromEntries((pod[1] as string).split(',').map((label) => label.split('=')));
    const workload = world.cluster.workloads.find(
      (one) => one.namespace === namespace && hasLabels(one.labels, labels),
    );
    if (workload === undefined) throw new Error(`${world.name} dials ${connectTo}, and there is no such pod`);
    return { entry: { kind: 'pod', pod: podOf(workload) }, origin: 'http://pod' };
  }
  const [dialled = '', dialledPort = '80'] = connectTo.split(':');
  const [name = '', ownNamespace = namespace] = dialled.split('.');
  const service = world.nameOf(`${ownNamespace}/${name}`);
  if (service === undefined) throw new Error(`${world.name} dials ${connectTo}, which no manifest declares`);
  const caller = world.nameOf(`${namespace}/${from?.workload}`) ?? from?.workload ?? '';
  const authority = (host ?? 'echo').includes(':') || dialledPort === '80' ? host : `${host}:${dialledPort}`;
  return { entry: { kind: 'mesh', caller, service }, origin: `http://${authority ?? 'echo'}` };
}
