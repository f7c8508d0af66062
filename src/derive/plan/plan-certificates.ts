/** Client certificates of edges: those that a document names, taken from the Workers whose configs bind them. */

import { edgeBinding } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { SourceWorker } from '../configs/source-worker.ts';
import type { PlannedEdge } from './mesh-plan.ts';
import type { DocumentedService } from './plan-input.ts';

interface CertificatePlan extends Pick<PlannedEdge, 'certificates'> {
  /** One sentence for each that is missing. */
  readonly notes: readonly string[];
}

/** Names that an edge's config has for its own. */
const own: ReadonlySet<string> = new Set([
  ...Object.values(edgeBinding),
  'SERVICES',
  'UPSTREAMS',
  'PEERS',
  'DECLARED',
  'HOSTS',
  'REFRESH_SECONDS',
]);
const numbered = /^(?:UPSTREAM|PEER)_\d+$/;

/** A Worker behind the edge goes before all others: the edge then shows what the service itself would have shown. */
export function planCertificates(
  service: string,
  documents: readonly DocumentedService[],
  behind: readonly SourceWorker[],
  workers: readonly SourceWorker[],
): CertificatePlan {
  const notes: string[] = [];
  const found: Record<string, string> = {};
  for (const name of documents.find((one) => one.service === service)?.certificates ?? []) {
    const id = own.has(name) || numbered.test(name) ? undefined : (idOf(name, behind) ?? idOf(name, workers));
    if (id === undefined)
      notes.push(
        `${service}: its document names the certificate ${name}, and no Worker of the mesh has one mtls_certificates binding of that name; calls that need it get 500`,
      );
    else found[name] = id;
  }
  return { ...(Object.keys(found).length === 0 ? {} : { certificates: found }), notes };
}

/** The id under this name; undefined where nobody has it, or two Workers mean different certificates. */
function idOf(name: string, workers: readonly SourceWorker[]): string | undefined {
  const ids = new Set(workers.flatMap(({ certificates = {} }) => ownEntry(certificates, name) ?? []));
  return ids.size === 1 ? [...ids][0] : undefined;
}
