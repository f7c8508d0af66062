/** A token that the service demands of every call, and that the call in question has not: it is refused before any rule is asked. */
import { describeError } from '../core/errors/error-reply.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import type { OwnAnswer } from './trial-run.ts';

/** The refusal; undefined where nothing is missing. A call in question has one token at most, that of its end user. */
export function missingToken({ claims }: Call, { userTokens }: Snapshot): OwnAnswer | undefined {
  const missing = (userTokens?.rules ?? []).find(
    ({ required, issuer }) => required === true && (claims === null || (issuer !== undefined && issuer !== claims.iss)),
  );
  if (missing === undefined) return undefined;
  const { status } = describeError({ code: 'unauthenticated' });
  const whose = missing.issuer === undefined ? '' : ` of ${missing.issuer}`;
  return { status, code: 'unauthenticated', reason: `a token${whose} is required` };
}
