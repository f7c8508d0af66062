/** All services of a mesh with their rules taken apart, and everybody who may come to them. */

import type { Topology } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import { compileMesh } from '../compile/compile.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { MeshSettings } from '../snapshot.ts';
import { endUsers, knownServices, type MapCaller, otherCallers, outsideCaller } from './callers.ts';
import { type PreparedService, prepareService } from './prepare-service.ts';

export interface AccessMapInput {
  readonly documents: readonly ServiceDocument[];
  readonly mesh: MeshDocument | undefined;
  readonly topology: Topology | undefined;
  /** Time windows that are over by then count as rules that match nothing. */
  readonly nowMs: number;
}

export interface PreparedMesh {
  readonly callers: readonly MapCaller[];
  /** Of two documents about one service the first. */
  readonly services: readonly PreparedService[];
  readonly undocumented: readonly string[];
  /** The mesh's, of which all rules are read. */
  readonly settings: MeshSettings;
}

/** Services in the order of their names. Pure; the documents are taken as sound. */
export function prepareMesh({ documents, mesh, topology, nowMs }: AccessMapInput): PreparedMesh {
  const settings = compileMesh(mesh, '');
  const names = knownServices(documents, topology);
  const found = names.map((name) => documents.find(({ service }) => service === name));
  const services = found
    .filter((document) => document !== undefined)
    .map((document) => prepareService({ document, settings, declared: callersOf(topology, document.service), nowMs }));
  return {
    callers: [
      ...names.map((name): MapCaller => ({ kind: 'service', name })),
      outsideCaller,
      ...(services.some(({ issuers }) => issuers.length > 0) ? [endUsers] : []),
      ...otherCallers(services, settings),
    ],
    services,
    undocumented: names.filter((_, index) => found[index] === undefined),
    settings,
  };
}

/** Services that have a binding to one. */
export function callersOf(topology: Topology | undefined, service: string): readonly string[] {
  return (topology && ownEntry(topology.services, service)?.callers) ?? [];
}
