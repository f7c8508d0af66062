import { parseAllDocuments } from 'yaml';

/** The parts of Kubernetes objects that the cases use. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export interface Gateway extends Manifest {
  readonly kind: 'Gateway';
  readonly spec: { readonly listeners: readonly Listener[] };
}

export interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname?: string;
  readonly allowedRoutes?: {
    readonly namespaces?: {
      readonly from?: 'Same' | 'All' | 'Selector';
      readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    };
  };
}

export interface HttpRoute extends Manifest {
  readonly kind: 'HTTPRoute';
  readonly spec: {
    readonly parentRefs?: readonly ParentRef[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly RouteRule[];
  };
}

export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export interface RouteRule {
  readonly name?: string;
  readonly matches?: readonly RouteMatch[];
  readonly filters?: readonly RouteFilter[];
  readonly backendRefs?: readonly BackendRef[];
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
  readonly retry?: { readonly codes?: readonly number[]; readonly attempts?: number; readonly backoff?: string };
  readonly sessionPersistence?: unknown;
}

export interface RouteMatch {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
  readonly method?: string;
}

export interface ValueMatch {
  readonly type?: string;
  readonly name: string;
  readonly value: string;
}

export interface RouteFilter {
  readonly type: string;
  readonly requestHeaderModifier?: object;
  readonly responseHeaderModifier?: object;
}

export interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
  readonly filters?: readonly RouteFilter[];
}

export interface KubernetesService extends Manifest {
  readonly kind: 'Service';
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number }[];
  };
}

export interface Deployment extends Manifest {
  readonly kind: 'Deployment';
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } } };
}

/** Everything that a case and the base manifests declare, by kind. */
export interface Cluster {
  readonly gateways: readonly Gateway[];
  readonly routes: readonly HttpRoute[];
  readonly services: readonly KubernetesService[];
  readonly deployments: readonly Deployment[];
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads YAML texts in order; a later object of the same kind and name replaces an earlier one. */
export function readCluster(texts: readonly string[]): Cluster {
  const objects = new Map<string, Manifest>();
  for (const text of texts) {
    for (const document of parseAllDocuments(text)) {
      const manifest = document.toJS() as Manifest | null;
      if (manifest?.kind === undefined) continue;
      objects.set(`${manifest.kind} ${namespaceOf(manifest)}/${manifest.metadata.name}`, manifest);
    }
  }
  const ofKind = <T extends Manifest>(kind: T['kind']): T[] =>
    [...objects.values()].filter((manifest): manifest is T => manifest.kind === kind);
  return {
    gateways: ofKind<Gateway>('Gateway'),
    routes: ofKind<HttpRoute>('HTTPRoute'),
    services: ofKind<KubernetesService>('Service'),
    deployments: ofKind<Deployment>('Deployment'),
    namespaceLabels: new Map(
      ofKind<Manifest>('Namespace').map((namespace) => [namespace.metadata.name, namespace.metadata.labels ?? {}]),
    ),
  };
}

export function namespaceOf(manifest: Manifest): string {
  return manifest.metadata.namespace ?? 'default';
}

export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => labels[name] === value);
}
