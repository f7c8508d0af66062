/** What a document refers to by name: the Workers behind its versions, and the backends of its routes. */
import type { ServiceDocument } from './schema/service.ts';

type Backend = NonNullable<NonNullable<ServiceDocument['routes']>[number]['backends']>[number];

/** How weights, records and pages name a backend: by its version, or by the service that it is. */
export function backendName({ version, service }: Pick<Backend, 'version' | 'service'>): string {
  return version ?? service ?? '';
}

/** Names of the Workers that a document's versions, or their endpoints, are; each once. */
export function workersNamed({ versions = {} }: Pick<ServiceDocument, 'versions'>): readonly string[] {
  const places = Object.values(versions).flatMap((version) => version.endpoints ?? [version]);
  return [...new Set(places.flatMap(({ worker }) => worker ?? []))];
}
