/**
 * Tries a call again while the rule, the budget and the deadline allow it. Everything below runs anew for each attempt.
 * A body is read into memory only where it may be sent again; all others stream and are tried once.
 */

import { describeError } from '../../core/errors/error-reply.ts';
import { type MeshError, MeshFailure } from '../../core/errors/mesh-error.ts';
import { backoffMs } from '../../core/retries/backoff.ts';
import { deposit, openBudget, withdraw } from '../../core/retries/retry-budget.ts';
import {
  type AttemptEnd,
  type Body,
  isReplayable,
  isReplayableRpc,
  isRetriable,
  parseContentLength,
} from '../../core/retries/retry-policy.ts';
import type { RetryRule } from '../../model/snapshot.ts';
import { readAnnounced, takesBody } from '../bounded-body.ts';
import type { Call, Filter, Reply } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { letGo, replyStatus } from '../service.ts';
import { deadlineError, within } from '../within.ts';

/**
 * Undefined where the route retries nothing. Ends as the last attempt did, or with the deadline's error where the next one would begin
 * too late.
 */
export function retry({ deps, route }: RouteParts): Filter | undefined {
  if (route?.retry === undefined || route.retry.attempts === 0) return undefined;
  const rule: RetryRule = route.retry;
  let budget = openBudget(rule.budget);

  /** Waits the back-off and answers true where another attempt may be made. */
  async function mayRetry(call: Call, made: number, end: AttemptEnd): Promise<boolean> {
    if (made > rule.attempts || !isRetriable(rule, end)) return false;
    const left = withdraw(budget);
    if (left === undefined) {
      call.record.reason = 'no retry: the budget is used up';
      return false;
    }
    const waitMs = backoffMs(made, rule.backoffMs, deps.random());
    if (call.deadlineMs !== undefined && deps.now() + waitMs >= call.deadlineMs) {
      // The series of attempts is not at its end, the time for it is: that is a timeout, whatever the last answer was.
      throw new MeshFailure(deadlineError(call, route));
    }
    budget = left;
    await deps.sleep(waitMs);
    return true;
  }

  /** A caller may be slow to send its body; the deadline bounds that wait too. */
  async function withBufferedBody(call: Call): Promise<Call> {
    if (call.kind === 'rpc' || call.request.body === null) return call;
    const reading = readAnnounced(call.request.body, rule.bodyBytes);
    const bufferedBody = await (call.deadlineMs === undefined
      ? reading
      : within(call.deadlineMs - deps.now(), reading, () => deadlineError(call, route)));
    return { ...call, bufferedBody };
  }

  return async (call, next) => {
    budget = deposit(budget, rule.budget);
    if (!mayReplay(rule, call)) return next(call);
    const replayable = await withBufferedBody(call);
    for (let made = 1; ; made += 1) {
      let reply: Reply;
      try {
        reply = await next(replayable);
      } catch (error) {
        if (await mayRetry(call, made, endOf(error))) continue;
        throw error;
      }
      if (!(await mayRetry(call, made, { status: replyStatus(reply) }))) return reply;
      await letGo(reply);
    }
  };
}

/** What the edge refuses before anything is sent. */
const refusals: ReadonlySet<MeshError['code']> = new Set([
  'no_backend',
  'no_endpoint',
  'backend_unresolved',
  'bad_rewrite',
  'egress_denied',
  'no_rpc_answer',
]);

/** A refusal of the edge's own is no failed connection: it is an answer, tried again where the rule names its status. */
function endOf(error: unknown): AttemptEnd {
  return error instanceof MeshFailure && refusals.has(error.error.code)
    ? { status: describeError(error.error).status }
    : { failed: true };
}

function mayReplay(rule: RetryRule, call: Call): boolean {
  if (call.kind === 'rpc') return isReplayableRpc(rule, call.method, call.args);
  return isReplayable(rule, call.method, bodyOf(call.request));
}

function bodyOf({ method, body, headers }: Request): Body {
  if (body === null) return { kind: 'none' };
  const bytes = parseContentLength(headers.get('content-length'));
  return bytes === undefined || (bytes > 0 && !takesBody(method)) ? { kind: 'streamed' } : { kind: 'sized', bytes };
}
