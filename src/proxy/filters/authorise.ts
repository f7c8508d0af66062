/**
 * Asks the access rules of document and mesh; built only where there are any. Who is refused learns nothing but that; the record has the rule, and the
 * revision of the document that it stands in.
 */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { AccessVerdict, Snapshot } from '../../model/snapshot.ts';
import type { CallRecord } from '../../telemetry/batch.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

/** Undefined where no rule is asked. Throws `unauthenticated` for a caller that a strict service does not know, else `access_denied`. */
export function authorise({ snapshot, route }: RouteParts): Filter | undefined {
  const judge = snapshot.authorise;
  // The redirect to HTTPS tells nobody anything, and whoever were asked for a token here would show it in clear text.
  if (judge === undefined || route?.beforeAccess === true) return undefined;
  return (call, next) => {
    const verdict = judge(call, call.startMs);
    note(call.record, verdict);
    if (verdict.allowed) return next(call);
    const detail = refusalText(verdict.reason, verdict.rule, snapshot);
    call.record.reason = detail;
    throw new MeshFailure(
      verdict.reason === 'strict' ? { code: 'unauthenticated' } : { code: 'access_denied', detail },
    );
  };
}

/** A rule of the mesh's is found under the revision of its document. */
function refusalText(reason: string, rule: string, { revision, mesh }: Snapshot): string {
  const where = rule.startsWith('mesh/') ? mesh.revision : revision;
  return `${reason}${rule === '' ? '' : `: ${rule}`} (revision ${where})`;
}

/** What the rules say that decide nothing. */
function note(record: CallRecord, { audit, shadow }: AccessVerdict): void {
  if (audit !== undefined) record.audit = audit;
  if (shadow === undefined) return;
  record.shadow = shadow.allowed ? 'allow' : 'deny';
  record.shadowRule = shadow.rule || undefined;
}
