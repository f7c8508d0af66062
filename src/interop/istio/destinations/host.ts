/** What a host can be to Istio's objects: a service of the mesh, a host outside of it, or one that nothing is known of. */
import type { Manifest } from '../../manifests/manifest.ts';

export type Host =
  /** A service of the mesh. */
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  /** A host for which a ServiceEntry stands. */
  | { readonly kind: 'external'; readonly host: string; readonly entry: Manifest }
  /** A host that the input knows nothing of. */
  | { readonly kind: 'unknown'; readonly host: string }
  | { readonly kind: 'wildcard'; readonly host: string };

/** A host that a document can be about. */
export type KnownHost = Extract<Host, { readonly kind: 'service' | 'external' }>;

export function isKnownHost(host: Host): host is KnownHost {
  return host.kind === 'service' || host.kind === 'external';
}
