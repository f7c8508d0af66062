/** The rules of the mesh document that span fields. What they find is malformed. */
import { Findings } from '../findings/findings.ts';
import type { Problem } from '../findings/issue.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import { checkJwtRules } from './check-authentication.ts';

/** Everything that is wrong with a mesh document whose fields each have the right form. */
export function checkMesh({ defaults }: MeshDocument): Problem[] {
  const findings = new Findings();
  checkJwtRules(defaults?.authentication?.jwt ?? [], ['defaults', 'authentication', 'jwt'], findings);
  return findings.problems;
}
