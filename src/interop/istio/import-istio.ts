/** Istio's traffic API: VirtualServices, DestinationRules, ServiceEntries and Gateways; and its security API, for what these lead to. */
import type { ImportContext } from '../context.ts';
import { givenName } from '../documents/draft.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { byAge } from './by-age.ts';
import { declareVersion } from './destinations/declare.ts';
import { importDestinationRules } from './destinations/destination-rule.ts';
import { Hosts } from './destinations/hosts.ts';
import { importServiceEntry } from './destinations/service-entry.ts';
import { shieldChoices } from './destinations/shield-choices.ts';
import { importIstioGateway } from './istio-gateway.ts';
import { IstioInput } from './istio-input.ts';
import { VirtualServices } from './routes/virtual-service.ts';
import { importSecurity } from './security/import-security.ts';

export const istioGroup = 'networking.istio.io';

const versions = ['v1', 'v1beta1', 'v1alpha3'];

/** Versions of the kinds that are read; they differ in nothing that is. */
export const istioKinds: Readonly<Record<string, readonly string[]>> = {
  DestinationRule: versions,
  Gateway: versions,
  ServiceEntry: versions,
  VirtualService: versions,
};

/** Imports what the manifests have of Istio. */
export function importIstio(context: ImportContext): void {
  const ofKind = (kind: string): Manifest[] =>
    context.manifests.filter((one) => one.group === istioGroup && one.kind === kind).sort(byAge);
  const entries = ofKind('ServiceEntry');
  const input = new IstioInput(new Hosts(entries, context), context);
  const services = new VirtualServices(ofKind('VirtualService'), input);
  const before = new Set(context.drafts.keys());
  importDestinationRules(ofKind('DestinationRule'), input);
  services.importMesh();
  const gateways = ofKind('Gateway').flatMap((manifest) => {
    const gateway = importIstioGateway(manifest, input);
    return gateway === undefined ? [] : [{ manifest, gateway }];
  });
  for (const { manifest, gateway } of gateways) services.importGateway(manifest, gateway);
  services.tellUnknownGateways(new Set(gateways.map(({ manifest }) => `${manifest.namespace}/${manifest.name}`)));
  for (const entry of entries) importServiceEntry(entry, services.routed, input);
  importSecurity(input, istioGroup);
  passThrough(input, services, before);
  shieldChoices(context);
}

/** A service for which no VirtualService decides is plain passage to all that it has; its subsets are there to be chosen. */
function passThrough(input: IstioInput, services: VirtualServices, before: ReadonlySet<string>): void {
  for (const [name, draft] of input.context.drafts) {
    const host = draft.host;
    if (host === undefined || before.has(name)) continue;
    for (const subset of input.subsetsOf(name).keys())
      declareVersion(draft, host, subset, undefined, draft.origin, input);
    if (services.isRouted(name) || host.kind !== 'service') continue;
    const version = declareVersion(draft, host, undefined, undefined, draft.origin, input);
    draft.routes.push({
      body: { name: givenName(`${host.name}.passage`), backends: [{ version }], origin: draft.origin, comments: [] },
      route: {},
    });
  }
}
