/** Asks the document's access rules; built only where the document has an access section. */
import { MeshFailure } from '../../core/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

export function authorise({ snapshot }: RouteParts): Filter | undefined {
  const judge = snapshot.authorise;
  if (judge === undefined) return undefined;
  return (call, next) => {
    const verdict = judge(call);
    if (verdict.allowed) return next(call);
    call.record.reason = `${verdict.reason}: ${verdict.rule}`;
    throw new MeshFailure(
      call.principal === null && verdict.reason === 'strict'
        ? { code: 'unauthenticated' }
        : { code: 'access_denied', rule: verdict.rule },
    );
  };
}
