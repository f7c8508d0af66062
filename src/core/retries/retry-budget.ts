/**
 * A retry budget keeps retries a bounded share of the traffic, so that a failing service is not buried under them.
 * It refills from traffic only: a floor of so many retries per second would be multiplied by the number of isolates.
 */

export interface RetryBudget {
  /** Retries that may be made now; fractions add up. */
  readonly credit: number;
}

export interface RetryBudgetRule {
  /** Retries per 100 calls. */
  readonly percent: number;
  /** What an isolate may retry from a standing start. */
  readonly burst: number;
}

/** A budget from a standing start: the burst, and no more. */
export function openBudget(rule: RetryBudgetRule): RetryBudget {
  return { credit: rule.burst };
}

/** A call deposits its share; the credit of more than the last 100 calls is not kept. */
export function deposit(budget: RetryBudget, rule: RetryBudgetRule): RetryBudget {
  return { credit: Math.min(budget.credit + rule.percent / 100, rule.burst + rule.percent) };
}

/** Takes one retry out, or answers `undefined` where the budget does not hold one. */
export function withdraw(budget: RetryBudget): RetryBudget | undefined {
  // Shares such as 20 % do not add up exactly in floating point; a billionth of a retry is not worth refusing one.
  return budget.credit >= 1 - 1e-9 ? { credit: Math.max(0, budget.credit - 1) } : undefined;
}
