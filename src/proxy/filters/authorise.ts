/** Asks the document's access rules; built only where the document has an access section. */
import { MeshFailure } from '../../core/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

export function authorise({ snapshot, route }: RouteParts): Filter | undefined {
  const judge = snapshot.authorise;
  // The redirect to HTTPS tells nobody anything, and whoever were asked for a token here would show it in clear text.
  if (judge === undefined || route?.beforeAccess === true) return undefined;
  return (call, next) => {
    const verdict = judge(call);
    if (verdict.allowed) return next(call);
    call.record.reason = `${verdict.reason}: ${verdict.rule}`;
    throw new MeshFailure(
      verdict.reason === 'strict' ? { code: 'unauthenticated' } : { code: 'access_denied', rule: verdict.rule },
    );
  };
}
