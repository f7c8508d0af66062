/** Hosts as Istio names them: short names, Kubernetes' DNS names, and hosts outside of the mesh. */
import type { ImportContext } from '../../context.ts';
import type { Manifest } from '../../manifests/manifest.ts';

export type Host =
  /** A service of the mesh. */
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  /** A host for which a ServiceEntry stands. */
  | { readonly kind: 'external'; readonly host: string; readonly entry: Manifest }
  /** A host that the input knows nothing of. */
  | { readonly kind: 'unknown'; readonly host: string }
  | { readonly kind: 'wildcard'; readonly host: string };

export class Hosts {
  private readonly entries = new Map<string, Manifest>();
  private readonly namespaces: ReadonlySet<string>;

  constructor(serviceEntries: readonly Manifest[], context: ImportContext) {
    for (const entry of serviceEntries) {
      for (const host of entry.spec.get('hosts').items()) {
        const name = host.text()?.toLowerCase();
        if (name !== undefined && !this.entries.has(name)) this.entries.set(name, entry);
      }
    }
    this.namespaces = new Set([
      ...context.manifests.map(({ namespace }) => namespace),
      ...context.cluster.memberNamespaces(),
    ]);
  }

  /** What a host means to an object of a namespace. */
  resolve(text: string, namespace: string): Host {
    const host = text.toLowerCase();
    if (host.includes('*')) return { kind: 'wildcard', host };
    const entry = this.entries.get(host);
    if (entry !== undefined) return { kind: 'external', host, entry };
    const [name = '', its = '', svc] = host.split('.');
    if (!host.includes('.')) return { kind: 'service', namespace, name };
    if (svc === 'svc') return { kind: 'service', namespace: its, name };
    if (svc === undefined && this.namespaces.has(its)) return { kind: 'service', namespace: its, name };
    return { kind: 'unknown', host };
  }
}

/** A host that a document can be about. */
export type KnownHost = Extract<Host, { readonly kind: 'service' | 'external' }>;

export function isKnownHost(host: Host): host is KnownHost {
  return host.kind === 'service' || host.kind === 'external';
}

/** The name in the mesh of what a host leads to. */
export function serviceOf(host: KnownHost, { names }: ImportContext): string {
  return host.kind === 'service'
    ? names.of('service', host.namespace, host.name)
    : names.of('external', host.entry.namespace, host.entry.name);
}
