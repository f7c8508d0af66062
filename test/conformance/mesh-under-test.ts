import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import {
  defaultUpstream,
  type EdgeVars,
  edgeEntrypoint,
  type MeshProps,
  meshKey,
  serviceKey,
} from '../../src/core/edge-config.ts';
import { bundleWorker } from '../../src/derive/bundle.ts';
import type { ConformanceCase, Probe } from './case-file.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';
import { type Cluster, hasLabels, namespaceOf } from './manifests.ts';
import { gatewayAddress, type Plan, type PlannedEdge, serviceAddress } from './plan.ts';
import type { Destination } from './probe-client.ts';
import type { Router } from './run-case.ts';
import { parseConnectTo } from './translate-mesh.ts';

export interface PlannedCase {
  readonly file: ConformanceCase;
  readonly cluster: Cluster;
  readonly plan: Plan;
}

export interface MeshUnderTest {
  readonly route: Router;
  stop(): Promise<void>;
}

const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const edgeMain = fileURLToPath(new URL('../../workers/edge/index.ts', import.meta.url));
const platform = { compatibilityDate: '2026-04-21' };

/**
 * Boots every edge of the given cases in one workerd, each as wrangler bundles it, with a registry of its own that holds its document.
 * A gateway's edge is reached at a socket of its own, through the public door; a mesh service's through the caller's binding.
 */
export async function startMeshUnderTest(cases: readonly PlannedCase[]): Promise<MeshUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-conformance-'));
  const bundle = await bundleWorker({ configPath, main: edgeMain, folder: join(folder, 'edge') });
  const modules = bundle.modules.map(({ name, type }) => ({
    type,
    path: name,
    contents: readFileSync(join(bundle.folder, name)),
  }));
  const pods = new Set(cases.flatMap((one) => [...podsOfCase(one)]));
  const echoes = new Map<string, EchoServer>();
  for (const pod of pods) echoes.set(pod, await startEchoServer(pod));
  const edges = cases.flatMap(({ file, plan }) => plan.edges.map((edge) => ({ file, edge })));
  const backend = (pod: string) => ({ external: { address: echoes.get(pod)?.address ?? '', http: {} } });

  const callerBindings: Record<string, unknown> = {};
  const workers = edges.map(({ file, edge }, index) => {
    const name = `edge-${index}`;
    if (edge.hosts.length === 0) {
      const props: MeshProps = { caller: 'caller', service: edge.service, upstream: defaultUpstream };
      callerBindings[bindingName(file, edge.address)] = { name, entrypoint: edgeEntrypoint.mesh, props };
    }
    return {
      name,
      ...platform,
      modules,
      bindings: edgeVars(edge),
      kvNamespaces: { REGISTRY: `registry-${index}` },
      serviceBindings: Object.fromEntries(Object.entries(edge.backends).map(([worker, pod]) => [worker, backend(pod)])),
      unsafeDirectSockets: edge.hosts.length === 0 ? [] : [{ host: '127.0.0.1', port: 0 }],
    };
  });
  for (const pod of pods) callerBindings[`pod ${pod}`] = backend(pod);
  const caller = {
    name: 'caller',
    ...platform,
    modules: [{ type: 'ESModule', path: 'caller.js', contents: readCallerSource() }],
    serviceBindings: callerBindings,
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  };
  const miniflare = new Miniflare({
    cf: false,
    modulesRoot: '/',
    workers: [caller, ...workers],
  } as unknown as MiniflareOptions);
  const stop = async (): Promise<void> => {
    await miniflare.dispose();
    for (const echo of echoes.values()) echo.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await miniflare.ready;
    const addresses = new Map<string, URL>();
    for (const [index, { file, edge }] of edges.entries()) {
      const registry = (await miniflare.getKVNamespace('REGISTRY', `edge-${index}`)) as unknown as Writable;
      await registry.put(meshKey, JSON.stringify({ mesh: 'conformance' }));
      await registry.put(serviceKey(edge.service), JSON.stringify(edge.document));
      if (edge.hosts.length > 0) {
        addresses.set(bindingName(file, edge.address), await miniflare.unsafeGetDirectURL(`edge-${index}`));
      }
    }
    const callerUrl = await miniflare.unsafeGetDirectURL('caller');
    return { route: (file, probe) => destinationOf(file, probe, cases, addresses, callerUrl), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What is needed of a KV namespace; miniflare's own type of it needs the Workers' types. */
interface Writable {
  put(key: string, value: string): Promise<void>;
}

function edgeVars(edge: PlannedEdge): EdgeVars & Record<string, unknown> {
  const upstreams = Object.keys(edge.backends).map((worker) => [worker, { binding: worker, runtime: false }] as const);
  return {
    SERVICES: [edge.service],
    UPSTREAMS: { [defaultUpstream]: Object.fromEntries(upstreams) },
    DECLARED: {},
    HOSTS: Object.fromEntries(edge.hosts.map((host) => [host, edge.service])),
    REFRESH_SECONDS: 30,
  };
}

function destinationOf(
  file: ConformanceCase,
  probe: Probe,
  cases: readonly PlannedCase[],
  addresses: ReadonlyMap<string, URL>,
  callerUrl: URL,
): Destination {
  const { gateway, port, host, connectTo, from } = probe.request;
  if (gateway !== undefined) {
    const url = addresses.get(bindingName(file, gatewayAddress(gateway, port ?? 80)));
    if (url === undefined) throw new Error(`no edge for ${gateway}`);
    return { url, host, extraHeaders: {} };
  }
  const dialled = parseConnectTo(connectTo ?? '', from?.namespace ?? 'default');
  if (dialled.kind === 'service') {
    const binding = bindingName(file, serviceAddress(`${dialled.namespace}/${dialled.name}`, dialled.port));
    return {
      url: callerUrl,
      host: undefined,
      extraHeaders: { 'caller-binding': binding, 'caller-host': host ?? 'echo' },
    };
  }
  const { cluster } = cases.find((one) => one.file === file) as PlannedCase;
  const pod = podWithLabels(cluster, dialled.labels);
  return { url: callerUrl, host: undefined, extraHeaders: { 'caller-binding': `pod ${pod}`, 'caller-host': 'pod' } };
}

function bindingName(file: ConformanceCase, address: string): string {
  return `${file.name} ${address}`;
}

function podWithLabels(cluster: Cluster, labels: Readonly<Record<string, string>>): string {
  const deployment = cluster.deployments.find((one) => hasLabels(one.spec.template.metadata.labels, labels));
  if (deployment === undefined) throw new Error(`no Deployment with ${JSON.stringify(labels)}`);
  return `${namespaceOf(deployment)}/${deployment.metadata.name}`;
}

function podsOfCase({ file, cluster, plan }: PlannedCase): Set<string> {
  const pods = new Set(plan.edges.flatMap((edge) => Object.values(edge.backends)));
  for (const { request } of file.requests) {
    const dialled = parseConnectTo(request.connectTo ?? '', request.from?.namespace ?? 'default');
    if (dialled.kind === 'pod') pods.add(podWithLabels(cluster, dialled.labels));
  }
  return pods;
}

function readCallerSource(): string {
  return readFileSync(new URL('./workers/caller.js', import.meta.url), 'utf8');
}
