/** The Gateway API: Gateways, HTTPRoutes and ReferenceGrants. */
import type { ImportContext } from '../context.ts';
import { importCode } from '../import-issue.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { readGrant } from './backend-refs.ts';
import { gatewayGroup, importGateway, isGatewayRef } from './gateway.ts';
import { importMeshRoutes, isServiceRef } from './mesh-route.ts';
import { isWaypoint } from './waypoint-class.ts';

/** Versions of the kinds that are read; they differ in nothing that is. */
export const gatewayApiKinds: Readonly<Record<string, readonly string[]>> = {
  Gateway: ['v1', 'v1beta1'],
  HTTPRoute: ['v1', 'v1beta1'],
  ReferenceGrant: ['v1', 'v1beta1'],
  GatewayClass: ['v1', 'v1beta1'],
};

/** Imports what the manifests have of the Gateway API. */
export function importGatewayApi(context: ImportContext): void {
  const ofKind = (kind: string): Manifest[] =>
    context.manifests.filter((one) => one.group === gatewayGroup && one.kind === kind);
  const gateways = ofKind('Gateway').filter((gateway) => !isWaypoint(gateway));
  const routes = ofKind('HTTPRoute');
  const grants = ofKind('ReferenceGrant').map(readGrant);
  for (const route of routes) readFrame(route, gateways);
  for (const gateway of gateways) importGateway(gateway, routes, grants, context);
  for (const { namespace, name } of parentServices(routes)) importMeshRoutes(namespace, name, routes, context);
}

const parentFields = ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'];

/** What of a route is not read where it is attached. */
function readFrame(route: Manifest, gateways: readonly Manifest[]): void {
  route.root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  route.spec.only(['parentRefs', 'hostnames', 'rules'], {
    useDefaultGateways: 'a route names its gateways in parentRefs',
  });
  const refs = route.spec.get('parentRefs').items();
  if (refs.length === 0)
    route.spec.tell('error', importCode.notAttached, 'the route names no gateway and no service', 'parentRefs', false);
  for (const ref of refs) {
    ref.only(parentFields);
    const name = ref.get('name').text();
    if (name === undefined) ref.get('name').wrong('the name of a Gateway or Service');
    else if (isGatewayRef(ref)) {
      const namespace = ref.get('namespace').text() || route.namespace;
      if (!gateways.some((one) => one.name === name && one.namespace === namespace))
        ref.tell('error', importCode.notAttached, `there is no Gateway ${namespace}/${name} in the input`, '', false);
    } else if (!isServiceRef(ref)) ref.refuse('a parent is a Gateway, or a Service (group "")');
  }
}

function parentServices(routes: readonly Manifest[]): { readonly namespace: string; readonly name: string }[] {
  const found = new Map<string, { namespace: string; name: string }>();
  for (const route of routes) {
    for (const ref of route.spec.get('parentRefs').items().filter(isServiceRef)) {
      const name = ref.get('name').text();
      const namespace = ref.get('namespace').text() || route.namespace;
      if (name !== undefined) found.set(`${namespace}/${name}`, { namespace, name });
    }
  }
  return [...found.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, service]) => service);
}
