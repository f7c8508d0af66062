/** The rules of the mesh document that span fields. What they find is malformed. */

import type { Fault } from '../findings/fault.ts';
import { Findings } from '../findings/findings.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import { checkMeshAccess } from './check-access.ts';
import { checkJwtRules } from './check-authentication.ts';

/** Everything that is wrong with a mesh document whose fields each have the right form. */
export function checkMesh(document: MeshDocument): Fault[] {
  const findings = new Findings();
  const { defaults } = document;
  checkMeshAccess(document, findings);
  checkJwtRules(defaults?.authentication?.jwt ?? [], ['defaults', 'authentication', 'jwt'], findings);
  return findings.faults;
}
