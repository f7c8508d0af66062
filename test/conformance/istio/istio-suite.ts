/** Istio's cases on traffic and on Bookinfo as suites. */

import type { ProbeResult } from '../gateway-api/run-gateway-case.ts';
import type { SuiteName } from '../score.ts';
import { destinationOf, notApplicableOf, type PlannedCase, type PlannedProbe } from '../suite.ts';
import type { IstioCase, IstioRequest } from './istio-case.ts';
import { bookinfoApps, istioEntry, istioWorld } from './istio-world.ts';
import { retryRowFindings } from './retry-table.ts';
import { runIstioProbe } from './run-istio-case.ts';

export function istioCases(suite: SuiteName, files: readonly IstioCase[]): PlannedCase[] {
  return files.map((file) => planCase(suite, file));
}

function planCase(suite: SuiteName, file: IstioCase): PlannedCase {
  const { requests = [], cases = [] } = file;
  const world = istioWorld(file);
  const applicable = requests.filter((request) => inapplicable(request) === undefined);
  const planned = applicable.map((request) => ({ request, ...istioEntry(file, world, request) }));
  const probes: PlannedProbe[] = planned.map(({ request, entry, origin }) => ({
    name: nameOf(request),
    run: ({ url, journal }) =>
      runIstioProbe(request, nameOf(request), destinationOf(world, entry, origin, url), journal),
  }));
  const rows: PlannedProbe[] = cases.map((row) => ({
    name: row.name,
    run: async () => verdict(row.name, retryRowFindings(row)),
  }));
  // A case without requests says that its manifests are sound together: they are imported, and edges start with what they become.
  const sound: PlannedProbe[] =
    requests.length + rows.length > 0
      ? []
      : [{ name: 'the manifests are imported', run: async () => verdict('the manifests are imported', world.errors) }];
  return {
    suite,
    name: file.id,
    feature: featureOf(file.id),
    worlds:
      rows.length > 0 ? [] : [{ world, entries: planned.map(({ entry }) => entry), apps: bookinfoApps(file, world) }],
    probes: [...probes, ...rows, ...sound],
    notApplicable: notApplicableOf(requests.map(inapplicable).filter((reason) => reason !== undefined)),
  };
}

function verdict(name: string, findings: readonly string[]): ProbeResult {
  return { name, official: findings.length === 0, strict: findings.length === 0, findings };
}

function nameOf({ name, method, host, path, headers }: IstioRequest): string {
  const shown = Object.entries(headers ?? {}).map((pair) => pair.join(': '));
  return name ?? [`${method} ${host}${path}`, ...shown].join(' ');
}

/** Only what needs a protocol that a Worker never sees. */
function inapplicable({ downstreamProtocol }: IstioRequest): string | undefined {
  return downstreamProtocol === 'HTTP/2'
    ? 'HTTP/2 by the client: the platform in front of a Worker ends HTTP/2, and a Worker is called alike'
    : undefined;
}

/** The first word of a file's name is what its cases are about. */
function featureOf(id: string): string {
  return features[id.split('-')[0] as string] ?? id.split('-')[0] ?? id;
}

const features: Readonly<Record<string, string>> = {
  gw: 'gateways',
  hash: 'consistent hash',
  mirror: 'mirrors',
  retry: 'retries',
  vs: 'virtual services',
};
