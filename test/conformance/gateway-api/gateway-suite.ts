/** The Gateway API's cases as a suite. */

import type { SuiteName } from '../score.ts';
import { destinationOf, notApplicableOf, type PlannedCase } from '../suite.ts';
import type { Entry } from '../world/plan-edges.ts';
import type { World } from '../world/world.ts';
import type { CaseFolder, ConformanceCase, Probe } from './case-file.ts';
import { entryOf, gatewayWorld, ownTexts } from './gateway-world.ts';
import { runGatewayProbe } from './run-gateway-case.ts';

export function gatewayCases(folder: CaseFolder): PlannedCase[] {
  return [
    ...folder.cases.map((file) => planCase('gatewayApi', file, folder)),
    ...folder.extra.map((file) => planCase('gatewayApiExtra', file, folder)),
  ];
}

function planCase(suite: SuiteName, file: ConformanceCase, folder: CaseFolder): PlannedCase {
  const reasons = file.requests.map(inapplicable).filter((reason) => reason !== undefined);
  const probes = file.requests.filter((probe) => inapplicable(probe) === undefined);
  const worlds = new Map<string, { readonly world: World; readonly entries: Entry[] }>();
  const planned = probes.map((probe) => {
    const before = probe.before ?? '';
    const there = worlds.get(before) ?? { world: worldAfter(before, file, folder), entries: [] };
    worlds.set(before, there);
    const { entry, origin } = entryOf(there.world, probe);
    there.entries.push(entry);
    return {
      name: probe.name,
      run: ({ url, journal }: Parameters<PlannedCase['probes'][number]['run']>[0]) =>
        runGatewayProbe(probe, destinationOf(there.world, entry, origin, url), journal),
    };
  });
  return {
    suite,
    name: file.name,
    feature: featureOf(file),
    worlds: [...worlds.values()],
    probes: planned,
    notApplicable: notApplicableOf(reasons),
  };
}

/** The world once an object has been taken away: `delete ReferenceGrant NAMESPACE/NAME`. */
function worldAfter(before: string, file: ConformanceCase, folder: CaseFolder): World {
  if (before === '') return gatewayWorld(file, folder);
  const deleted = /^delete (\w+) ([\w-]+)\/([\w-]+)$/.exec(before);
  if (deleted === null) throw new Error(`${file.name} wants "${before}" before a request, which nobody can do here`);
  const [, kind, namespace, name] = deleted;
  const isIt = (text: string): boolean =>
    new RegExp(`^kind: ${kind}$`, 'm').test(text) &&
    new RegExp(`^  name: ${name}$`, 'm').test(text) &&
    new RegExp(`^  namespace: ${namespace}$`, 'm').test(text);
  const own = ownTexts(file).map((text) =>
    text
      .split(/^---$/m)
      .filter((one) => !isIt(one))
      .join('---'),
  );
  return gatewayWorld({ ...file, name: `${file.name} after: ${before}` }, folder, own);
}

/** Only what needs a port, a protocol or a listener that a Worker can never have. */
function inapplicable({ name, request }: Probe): string | undefined {
  const { protocol, sni, host } = request;
  if (protocol === 'h2c') {
    return 'HTTP/2 with prior knowledge, by client and backend: the platform in front of a Worker ends HTTP/2';
  }
  if (sni !== undefined && sni !== host) {
    return 'a TLS listener of its own: the platform in front of a Worker ends TLS, and tells no Worker the name in the handshake';
  }
  if (/manual-endpointslices/.test(name)) {
    return 'EndpointSlices that are kept by hand: a Worker is bound by its name, and not by addresses of pods';
  }
  return undefined;
}

/** The one feature that a case is about, beside those that every case of its profile has. */
function featureOf(file: ConformanceCase): string {
  const own = file.features.find((feature) => !common.has(feature));
  return `${file.profile} ${own?.replace(/^Support(Mesh)?(HTTPRoute)?/, '') ?? 'core'}`;
}

const common = new Set(['SupportGateway', 'SupportMesh', 'SupportHTTPRoute', 'SupportReferenceGrant']);
