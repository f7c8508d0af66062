/** The services view of what was read: every service with a document, and every one that the derivation declares. */
import { serviceKey, type Topology } from '../../core/configs/edge-config.ts';
import { serviceDocument } from '../../model/sound-document.ts';
import type { ReadMesh } from '../documents/read-mesh.ts';
import { readAccess } from './read-access.ts';
import { type ServiceView, serviceView } from './services.ts';

export function viewServices(read: ReadMesh, topology: Topology | undefined): ServiceView[] {
  const access = new Map(readAccess(read, topology, Date.now()).services.map((one) => [one.service, one]));
  const prefix = serviceKey('');
  const stored = read.documents.filter((one) => one.key.startsWith(prefix)).map((one) => one.key.slice(prefix.length));
  const names = [...new Set([...stored, ...Object.keys(topology?.services ?? {})])].sort();
  return names.map((name) => {
    const found = read.documents.find((one) => one.key === serviceKey(name));
    const document = found?.valid === undefined ? undefined : serviceDocument(found.valid);
    const state = { state: found?.state ?? 'missing', revision: found?.revision ?? '', document };
    return serviceView(name, state, topology, access.get(name));
  });
}
