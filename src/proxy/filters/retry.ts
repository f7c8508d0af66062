/**
 * Tries a call again while the rule, the budget and the deadline allow it. Everything below runs anew for each attempt.
 * A body is read into memory only where it may be sent again; all others stream and are tried once.
 */
import { backoffMs } from '../../core/backoff.ts';
import { deposit, openBudget, withdraw } from '../../core/retry-budget.ts';
import { type AttemptEnd, type Body, isReplayable, isRetriable, parseContentLength } from '../../core/retry-policy.ts';
import type { RetryRule } from '../../model/snapshot.ts';
import { readBounded } from '../bounded-body.ts';
import type { Call, Filter, Reply } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { replyStatus } from '../service.ts';

export function retry({ deps, route }: RouteParts): Filter | undefined {
  const rule = route?.retry;
  if (rule === undefined || rule.attempts === 0) return undefined;
  let budget = openBudget(rule.budget);

  /** Waits the back-off and answers true where another attempt may be made. */
  async function mayRetry(call: Call, rule: RetryRule, made: number, end: AttemptEnd): Promise<boolean> {
    if (made > rule.attempts || !isRetriable(rule, end)) return false;
    const waitMs = backoffMs(made, rule.backoffMs, deps.random());
    if (call.deadlineMs !== undefined && deps.now() + waitMs >= call.deadlineMs) {
      call.record.reason = 'no retry: the deadline is too near';
      return false;
    }
    const left = withdraw(budget);
    if (left === undefined) {
      call.record.reason = 'no retry: the budget is used up';
      return false;
    }
    budget = left;
    await deps.sleep(waitMs);
    return true;
  }

  return async (call, next) => {
    budget = deposit(budget, rule.budget);
    if (!isReplayable(rule, call.method, bodyOf(call))) return next(call);
    const replayable = await withBufferedBody(call, rule.bodyBytes);
    for (let made = 1; ; made += 1) {
      let reply: Reply;
      try {
        reply = await next(replayable);
      } catch (error) {
        if (await mayRetry(call, rule, made, { failed: true })) continue;
        throw error;
      }
      if (!(await mayRetry(call, rule, made, { status: replyStatus(reply) }))) return reply;
      // The answer that is not used must be let go, or its stream holds the callee's connection.
      if (reply instanceof Response) await reply.body?.cancel();
    }
  };
}

/** Arguments of an RPC call are never streamed from here: the rule that names its method vouches for them. */
function bodyOf(call: Call): Body {
  if (call.kind === 'rpc' || call.request.body === null) return { kind: 'none' };
  const bytes = parseContentLength(call.request.headers.get('content-length'));
  return bytes === undefined ? { kind: 'streamed' } : { kind: 'sized', bytes };
}

async function withBufferedBody(call: Call, bound: number): Promise<Call> {
  if (call.kind === 'rpc' || call.request.body === null) return call;
  return { ...call, bufferedBody: await readBounded(call.request.body, bound) };
}
