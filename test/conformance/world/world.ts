/** What the manifests of one case come to: documents by the importer that users have, and who answers for the Workers that they name. */
import { type ImportOptions, importManifests } from '../../../src/interop/import-manifests.ts';
import { issueText } from '../../../src/model/findings/issue.ts';

import { type ClusterFacts, type ClusterService, readCluster, type Workload } from './manifests.ts';
import type { Pod } from './pod.ts';

export type Json = Record<string, unknown>;

export interface World {
  /** Name of the case; unique in a run. */
  readonly name: string;
  /** What could not be imported, in one line each: then the case counts as failed. */
  readonly errors: readonly string[];
  readonly cluster: ClusterFacts;
  /** By service. */
  readonly documents: ReadonlyMap<string, Json>;
  readonly mesh: Json;
  /** Services that have a public door of their own. */
  readonly gateways: readonly string[];
  /** The pod that answers for a Worker, as documents name it. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** From `namespace/name`, or `gateway namespace/name`, to the name in the mesh. */
  readonly nameOf: (key: string) => string | undefined;
}

export interface WorldInput {
  readonly name: string;
  /** YAML texts, in the order in which they are applied. */
  readonly texts: readonly string[];
  readonly options?: ImportOptions;
  /** What the case says of the mesh and what no manifest can say, put into the imported documents. */
  readonly adjust?: (service: string, document: Json) => Json;
}

export function buildWorld({ name, texts, options, adjust = (_, document) => document }: WorldInput): World {
  const cluster = readCluster(texts);
  const files = texts.map((text, index) => ({ name: `${name}#${index}`, text }));
  const imported = importManifests(files, options);
  const nameOf = (key: string): string | undefined => imported.names[key];
  const documents = new Map<string, Json>();
  let mesh: Json = { mesh: 'conformance' };
  for (const { key, value } of imported.documents) {
    if (key === 'mesh') mesh = { mesh: 'conformance', ...value };
    else documents.set(value.service, adjust(value.service, value as Json));
  }
  for (const service of cluster.services) {
    const meshName = nameOf(`${service.namespace}/${service.name}`);
    if (meshName === undefined || documents.has(meshName) || service.workloads.length === 0) continue;
    documents.set(meshName, openDocument(meshName, service, nameOf));
  }
  const gateways = cluster.gateways.flatMap((one) => nameOf(`gateway ${one}`) ?? []);
  return {
    name,
    errors: imported.issues.filter(({ severity }) => severity === 'error').map(issueText),
    cluster,
    documents,
    mesh,
    gateways,
    pods: podsOf(cluster, nameOf),
    nameOf,
  };
}

/** A service that no manifest has a route for: open to all, its workloads share the calls. */
function openDocument(name: string, service: ClusterService, nameOf: World['nameOf']): Json {
  const workers = service.workloads.map((one) => nameOf(`${one.namespace}/${one.name}`) ?? one.name);
  const [worker] = workers;
  const place = workers.length === 1 ? { worker } : { endpoints: workers.map((one) => ({ worker: one })) };
  return { service: name, versions: { v1: place } };
}

/** A Worker is named by its workload, or by the service of which it is the only workload. */
function podsOf({ services, workloads }: ClusterFacts, nameOf: World['nameOf']): Map<string, Pod> {
  const pods = new Map<string, Pod>();
  const put = (key: string, workload: Workload): void => {
    const name = nameOf(key);
    if (name !== undefined && !pods.has(name)) pods.set(name, podOf(workload));
  };
  for (const one of workloads) put(`${one.namespace}/${one.name}`, one);
  for (const one of services) {
    const [workload] = one.workloads;
    if (workload !== undefined) put(`${one.namespace}/${one.name}`, workload);
  }
  return pods;
}

export function podOf({ namespace, name, labels }: Workload): Pod {
  return { namespace, name, service: labels.app ?? '', version: labels.version ?? '' };
}
