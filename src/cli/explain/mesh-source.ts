/** Where `explain` reads the mesh: from files, so that nothing needs to run, or from the registry behind control. */

import type { DocumentAnswer } from '../../control/api-types.ts';
import type { ServiceView } from '../../control/observe/services.ts';
import { meshKey, serviceKey, type Topology } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { KnownService } from '../../explain/find-service.ts';
import { publicHosts } from '../../model/references.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import type { ControlClient } from '../control/control-client.ts';
import { documentPath } from '../documents/document-key.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { readMeshFiles, type StoredText, soundDocument } from './mesh-files.ts';

/** One service as it is explained. */
export interface SourcedService {
  readonly document: ServiceDocument;
  readonly revision: string;
  readonly mesh: MeshDocument | undefined;
  readonly meshRevision: string;
  /** Services that were given a binding to it. */
  readonly declared: readonly string[];
  /** What its edge can reach; undefined where nobody knows. */
  readonly reached: { readonly workers: readonly string[]; readonly peers: readonly string[] } | undefined;
}

export interface MeshSource {
  /** Where it was read, for people. */
  readonly from: string;
  readonly services: readonly KnownService[];
  read(service: string): Promise<SourcedService>;
}

/** Documents of files; which Workers and callers there are is read from the wrangler configs, where there are such. */
export async function filesSource(paths: readonly string[], configs: readonly string[]): Promise<MeshSource> {
  const { stored, services, topology } = await readMeshFiles(paths, configs);
  const mesh = stored.get(meshKey);
  return {
    from: paths.join(', '),
    services: services.map((document) => ({ service: document.service, publicHosts: publicHosts(document) })),
    read: async (service) => {
      const found = stored.get(serviceKey(service));
      if (found === undefined)
        throw unknownService(
          service,
          services.map((one) => one.service),
        );
      return sourced(service, found, mesh, topology);
    },
  };
}

/** Documents as the registry holds them now. */
export async function controlSource(control: ControlClient): Promise<MeshSource> {
  const { services } = await control.get<{ readonly services: readonly ServiceView[] }>('/api/services');
  const read = async (key: string) => control.get<DocumentAnswer>(documentPath(key));
  return {
    from: control.url,
    services,
    read: async (service) => {
      const view = services.find((one) => one.service === service);
      if (view === undefined)
        throw unknownService(
          service,
          services.map((one) => one.service),
        );
      const found = await read(serviceKey(service));
      const mesh = await read(meshKey).catch((cause: unknown) => {
        if (cause instanceof CliFailure && cause.code === 'not_found') return undefined;
        throw cause;
      });
      const { workers, peers, callers } = view;
      return { ...sourced(service, found, mesh, undefined), declared: callers, reached: { workers, peers } };
    },
  };
}

function sourced(
  service: string,
  found: StoredText,
  mesh: StoredText | undefined,
  topology: Topology | undefined,
): SourcedService {
  const parsed = soundDocument(found.text, serviceKey(service));
  const meshParsed = mesh && soundDocument(mesh.text, meshKey);
  if (parsed.kind !== 'service') throw new Error(`service/${service} holds another kind of document.`);
  const known = topology && ownEntry(topology.services, service);
  return {
    document: parsed.service,
    revision: found.revision,
    mesh: meshParsed?.kind === 'mesh' ? meshParsed.mesh : undefined,
    meshRevision: mesh?.revision ?? '',
    declared: known?.callers ?? [],
    reached: known && { workers: known.workers, peers: known.peers ?? [] },
  };
}

function unknownService(service: string, known: readonly string[]): CliFailure {
  const names = known.length === 0 ? 'there are no documents' : `there are ${known.join(', ')}`;
  return new CliFailure('unknown_service', `no document of a service "${service}"; ${names}`, exitCode.findings, {
    known,
  });
}
