/** The who-may-call-whom matrix of what was read. */
import type { Topology } from '../../core/configs/edge-config.ts';
import { type AccessMap, accessMap } from '../../model/access-map/access-map.ts';
import { serviceDocument } from '../../model/sound-document.ts';
import { knownTopology, type ReadMesh } from '../documents/read-mesh.ts';

/** Documents that cannot be read count as absent; edges keep the last good one. */
export function readAccess(read: ReadMesh, topology: Topology | undefined, nowMs: number): AccessMap {
  const documents = read.documents.flatMap(({ valid }) => (valid === undefined ? [] : (serviceDocument(valid) ?? [])));
  return accessMap({ documents, mesh: read.mesh, topology: knownTopology(topology), nowMs });
}
