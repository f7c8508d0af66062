/** Hosts as Istio names them: short names, Kubernetes' DNS names, and hosts outside of the mesh. */
import type { ImportContext } from '../../context.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { Host, KnownHost } from './host.ts';

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

/** The name in the mesh of what a host leads to. */
export function serviceOf(host: KnownHost, { names }: ImportContext): string {
  return host.kind === 'service'
    ? names.of('service', host.namespace, host.name)
    : names.of('external', host.entry.namespace, host.entry.name);
}
