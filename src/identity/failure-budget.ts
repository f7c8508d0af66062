/**
 * How often a caller may show a proof that does not hold. An attempt is charged before it is looked at and given back when it
 * holds, so that attempts made at the same time do not slip through together.
 */

interface Spent {
  attempts: number;
  resetAtMs: number;
}

/** Attempts by caller: plain data. Make it with `new Map()`. */
export type FailureBudget = Map<string, Spent>;

const mostAttempts = 10;
const windowMs = 60_000;
/** The caller whose window began first makes room. */
const mostCallers = 10_000;

/** Charges an attempt; answers how long (ms) the caller has to wait where he has none left, else 0. */
export function chargeAttempt(budget: FailureBudget, caller: string, nowMs: number): number {
  let spent = budget.get(caller);
  if (spent === undefined || spent.resetAtMs <= nowMs) {
    budget.delete(caller);
    const oldest = budget.size >= mostCallers ? budget.keys().next().value : undefined;
    if (oldest !== undefined) budget.delete(oldest);
    spent = { attempts: 0, resetAtMs: nowMs + windowMs };
    budget.set(caller, spent);
  }
  if (spent.attempts >= mostAttempts) return spent.resetAtMs - nowMs;
  spent.attempts += 1;
  return 0;
}

/** The attempt held after all. */
export function refundAttempt(budget: FailureBudget, caller: string): void {
  const spent = budget.get(caller);
  if (spent !== undefined && spent.attempts > 0) spent.attempts -= 1;
}

/** Who counts as one caller: an IPv4 address, or the /64 network of an IPv6 address, all of which one customer has. */
export function callerOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
