/** Which Workers stand behind a service, and how a document names them. */
import { ownEntry } from '../../core/own-entry.ts';
import type { ImportContext } from '../context.ts';
import type { Located } from '../manifests/located.ts';
import type { BackendTarget, Version } from './document-types.ts';
import { type Draft, givenName } from './draft.ts';

/** The place of a version: one Worker, or several that share the calls. */
export function placeOf(workers: readonly string[]): Version {
  const [worker = ''] = workers;
  return workers.length === 1 ? { worker } : { endpoints: workers.map((one) => ({ worker: one })) };
}

/** Declares a whole service as a version, with the name that Kubernetes knows it by; `parts`: the Workers of all of its subsets. */
export function declareWhole(
  draft: Draft,
  namespace: string,
  name: string,
  { cluster, names, workers }: ImportContext,
  origin: Located,
  parts: readonly string[] = [],
): string {
  const service = names.of('service', namespace, name);
  const given = ownEntry(workers, service);
  const found = cluster.workersOf(namespace, name);
  const own = found.length === 1 && parts.length > 0 ? parts : found;
  const place = placeOf(given === undefined ? own : [given]);
  return draft.versionAt(place) ?? draft.version(givenName(name), place, origin);
}

/**
 * What a reference is in the document of the service `parent`: a version, where it is the service itself or a part of it, and else
 * another service with an edge and rules of its own. A part has the selector of the whole and more; without manifests that tell, its
 * name begins with the name of the whole and a dash, as `orders-v2` is of `orders`.
 */
export function targetWithin(
  draft: Draft,
  parent: { readonly namespace: string; readonly name: string },
  ref: { readonly namespace: string; readonly name: string },
  context: ImportContext,
  origin: Located,
): BackendTarget {
  const { cluster, names } = context;
  const whole = cluster.service(parent.namespace, parent.name);
  const part = cluster.service(ref.namespace, ref.name);
  const known = whole !== undefined && part !== undefined;
  const isPart = known
    ? cluster.isPartOf(part, whole)
    : ref.namespace === parent.namespace && ref.name.startsWith(`${parent.name}-`);
  const isItself = ref.namespace === parent.namespace && ref.name === parent.name;
  return isItself || isPart
    ? { version: declareWhole(draft, ref.namespace, ref.name, context, origin) }
    : { service: names.of('service', ref.namespace, ref.name) };
}
