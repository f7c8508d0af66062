/** The verdict on what a registry key holds, which is all that an edge needs. What is wrong with a text `parseStored` says. */
import { checkService } from './check/check.ts';
import { checkMesh } from './check/check-mesh.ts';
import { plainJson } from './reading/plain-json.ts';
import { maxTextLength } from './reading/text-limits.ts';
import { type MeshDocument, meshSchema } from './schema/mesh.ts';
import { type ServiceDocument, serviceSchema } from './schema/service.ts';

/** What a key in the registry holds. */
export type StoredDocument =
  | { readonly kind: 'mesh'; readonly mesh: MeshDocument }
  | { readonly kind: 'service'; readonly service: ServiceDocument };

/** The document that a JSON text is; undefined where there is anything to find fault with, or where it is no JSON. */
export function soundDocument(text: string, key: string | undefined): StoredDocument | undefined {
  if (text.length > maxTextLength) return undefined;
  const value = plainJson(text);
  if (value === undefined) return undefined;
  const kind = kindUnder(value, key);
  if (key !== undefined && kind === 'service' && otherService(value, key) !== undefined) return undefined;
  return soundValue(kind, value);
}

/** A value as a document; undefined where it is not sound. */
export function soundValue(kind: 'mesh' | 'service', value: unknown): StoredDocument | undefined {
  if (kind === 'mesh')
    return meshSchema.accepts(value) && checkMesh(value).length === 0 ? { kind, mesh: value } : undefined;
  return serviceSchema.accepts(value) && checkService(value).length === 0 ? { kind, service: value } : undefined;
}

/** What a value is meant to be: its key says so where it is known. */
export function kindUnder(value: unknown, key: string | undefined): 'mesh' | 'service' {
  if (key === undefined) return kindOf(value);
  return key === 'mesh' ? 'mesh' : 'service';
}

/** A document is the mesh's when it has one of the mesh's fields and is of no service. */
function kindOf(value: unknown): 'mesh' | 'service' {
  if (typeof value !== 'object' || value === null || 'service' in value) return 'service';
  return ['mesh', 'trustDomain', 'carry', 'telemetry', 'defaults'].some((field) => field in value) ? 'mesh' : 'service';
}

/** The service that a document is about, where it is not that of its key. */
export function otherService(value: unknown, key: string): string | undefined {
  const service = (value as { readonly service?: unknown } | null)?.service;
  return typeof service === 'string' && key !== `service/${service}` ? service : undefined;
}

/** The document of a service, or `undefined` where the stored one is the mesh's. */
export function serviceDocument(document: StoredDocument): ServiceDocument | undefined {
  return document.kind === 'service' ? document.service : undefined;
}

/** The mesh document, or `undefined` where the stored one is a service's. */
export function meshDocument(document: StoredDocument): MeshDocument | undefined {
  return document.kind === 'mesh' ? document.mesh : undefined;
}
