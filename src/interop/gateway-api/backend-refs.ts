/** References to services: what they lead to, and whether they may. */
import type { ImportContext } from '../context.ts';
import type { BackendTarget } from '../documents/document-types.ts';
import type { Located } from '../manifests/located.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { flat } from '../names.ts';

/** How a document names a service that a route of the namespace refers to. */
export type TargetOf = (namespace: string, name: string, ref: Located) => BackendTarget;

export interface Reference {
  /** What stands in the document; for a reference that is not valid, a name that leads nowhere, so that its share gets a 500. */
  readonly target: BackendTarget;
  readonly valid: boolean;
}

export interface Grant {
  readonly namespace: string;
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name: string | undefined }[];
}

/** Reads a ReferenceGrant. */
export function readGrant({ namespace, spec, root }: Manifest): Grant {
  root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.only(['from', 'to']);
  return {
    namespace,
    from: spec
      .get('from')
      .items()
      .map((from) => {
        from.only(['group', 'kind', 'namespace']);
        return {
          group: from.get('group').text() ?? '',
          kind: from.get('kind').text() ?? '',
          namespace: from.get('namespace').text() ?? '',
        };
      }),
    to: spec
      .get('to')
      .items()
      .map((to) => {
        to.only(['group', 'kind', 'name']);
        return {
          group: to.get('group').text() ?? '',
          kind: to.get('kind').text() ?? '',
          name: to.get('name').text() || undefined,
        };
      }),
  };
}

/** Resolves the references of one route. */
export class References {
  constructor(
    private readonly context: ImportContext,
    private readonly route: Manifest,
    /** Undefined for routes of a mesh service, which need no grant. */
    private readonly grants: readonly Grant[] | undefined,
    private readonly targetOf: TargetOf,
  ) {}

  /** `ref` is a backendRef or what a mirror names; the caller has checked its fields. */
  resolve(ref: Located, consequence = 'calls that follow this reference get a 500'): Reference {
    const group = ref.get('group').text() ?? '';
    const kind = ref.get('kind').text() ?? 'Service';
    const name = ref.get('name').text() ?? '';
    const namespace = ref.get('namespace').text() || this.route.namespace;
    if (name === '') {
      ref.get('name').wrong('the name of a Service');
      return this.nowhere('nothing');
    }
    const fault = this.faultOf(group, kind, namespace, name, ref);
    if (fault === undefined) return { target: this.targetOf(namespace, name, ref), valid: true };
    ref.unresolved(`${fault}; ${consequence}`);
    return this.nowhere(name);
  }

  private faultOf(group: string, kind: string, namespace: string, name: string, ref: Located): string | undefined {
    if (group !== '' || kind !== 'Service')
      return `a backend is a Service, and not ${kind}${group === '' ? '' : ` of ${group}`}`;
    const { cluster } = this.context;
    const service = cluster.service(namespace, name);
    if (service === undefined && cluster.knowsServicesOf(namespace))
      return `there is no Service ${JSON.stringify(name)} in the namespace ${namespace}`;
    const port = ref.get('port').number();
    if (service !== undefined && port !== undefined && !service.ports.some((one) => one.port === port))
      return `the Service ${name} has no port ${port}`;
    if (this.grants === undefined || namespace === this.route.namespace) return undefined;
    return this.grants.some((grant) => this.isGranted(grant, namespace, name))
      ? undefined
      : `no ReferenceGrant in the namespace ${namespace} lets HTTPRoutes of ${this.route.namespace} refer to it`;
  }

  private isGranted(grant: Grant, namespace: string, name: string): boolean {
    return (
      grant.namespace === namespace &&
      grant.from.some(
        (from) =>
          from.group === this.route.group && from.kind === 'HTTPRoute' && from.namespace === this.route.namespace,
      ) &&
      grant.to.some((to) => to.group === '' && to.kind === 'Service' && (to.name === undefined || to.name === name))
    );
  }

  /** The place of a backend whose filters cannot be had. */
  broken(ref: Located): BackendTarget {
    return this.nowhere(ref.get('name').text() ?? '').target;
  }

  private nowhere(name: string): Reference {
    return { target: { service: flat(`unresolved-${name}`) }, valid: false };
  }
}
