/** Why a call is refused for its end user's token before any rule is asked: it has none and must, or has one that its service takes from nobody. */
import { describeError } from '../core/errors/error-reply.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { userRule } from './told-user.ts';
import type { OwnAnswer } from './trial-run.ts';

/** The refusal; undefined where nothing is amiss. A call in question has one token at most, that of its end user. */
export function refusedUser({ claims }: Call, { userTokens }: Snapshot): OwnAnswer | undefined {
  const rules = userTokens?.rules ?? [];
  if (rules.length > 0 && claims !== null && userRule(rules, claims.iss) === undefined)
    return refusal('invalid_token', `no rule names the issuer ${String(claims.iss)}`);
  const missing = rules.find(
    ({ required, issuer }) => required === true && (claims === null || (issuer !== undefined && issuer !== claims.iss)),
  );
  if (missing === undefined) return undefined;
  const whose = missing.issuer === undefined ? '' : ` of ${missing.issuer}`;
  return refusal('unauthenticated', `a token${whose} is required`);
}

function refusal(code: 'invalid_token' | 'unauthenticated', reason: string): OwnAnswer {
  const { status } = describeError(code === 'invalid_token' ? { code, detail: reason } : { code });
  return { status, code, reason };
}
