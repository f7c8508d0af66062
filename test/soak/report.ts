/** The figures of a soak, and which of its bounds it missed. */
import { type Abandoned, keptTargets, type SoakResult, sumOf } from './soak.ts';

/** Each bound that was missed, in one sentence; empty where the soak is passed. */
export function missedBounds(result: SoakResult): string[] {
  const { plan, heap, targets, warnings, outcomes, abandoned, abandonedBare } = result;
  const missed: string[] = [];
  for (const { worker, first, last } of heap) {
    if (last - first >= plan.maxGrowthBytes)
      missed.push(
        `the heap of ${worker} grew by ${kilobytes(last - first)}; ${kilobytes(plan.maxGrowthBytes)} is the bound`,
      );
  }
  if (targets.made === 0 || targets.made !== targets.disposed)
    missed.push(`the callee made ${targets.made} targets, and ${targets.disposed} of their disposers ran`);
  if (warnings.length > 0) missed.push(`workerd warned: ${warnings.join(' ')}`);
  const cancelled = outcomes.cancelled ?? 0;
  if (cancelled !== plan.abandoned)
    missed.push(`of ${plan.abandoned} abandoned calls ${cancelled} were recorded as cancelled`);
  const recorded = sumOf(outcomes) - cancelled;
  if (recorded < plan.calls) missed.push(`of ${plan.calls} calls that ended ${recorded} were recorded`);
  for (const [name, calls] of [['through the edge', abandoned] as const, ['bare', abandonedBare] as const]) {
    if (calls.ended > 0 || calls.runningOn)
      missed.push(`callees of abandoned calls ran on ${name}: ${JSON.stringify(calls)}`);
  }
  if (abandoned.begun !== plan.abandoned)
    missed.push(`of ${plan.abandoned} calls that were to be abandoned ${abandoned.begun} had begun`);
  return [...missed, ...blindInstruments(result)];
}

/** A soak proves nothing by instruments that would not have seen a leak. */
function blindInstruments({ plan, leak }: SoakResult): string[] {
  const blind: string[] = [];
  if (leak.warnings === 0) blind.push('stubs that were dropped on purpose made no warning');
  if (leak.undisposed < keptTargets)
    blind.push(`of ${keptTargets} targets that were kept on purpose only ${leak.undisposed} lived on`);
  if (leak.bytesPerKept * (plan.calls - plan.from) < plan.maxGrowthBytes)
    blind.push(
      `a target kept by each call, at ${leak.bytesPerKept} bytes, would have stayed within the bound of the heap`,
    );
  return blind;
}

/** The figures as one line of JSON. */
export function soakJson(result: SoakResult): Record<string, unknown> {
  const { plan, heap, targets, warnings, outcomes, abandoned, abandonedBare, leak, seconds } = result;
  const missed = missedBounds(result);
  return {
    passed: missed.length === 0,
    missed,
    calls: plan.calls,
    measuredFrom: plan.from,
    maxGrowthBytes: plan.maxGrowthBytes,
    heapGrowthBytes: Object.fromEntries(heap.map(({ worker, first, last }) => [worker, last - first])),
    heapBytes: Object.fromEntries(heap.map(({ worker, first, last }) => [worker, [first, last]])),
    targets,
    disposalWarnings: warnings.length,
    outcomes,
    abandoned,
    abandonedBare,
    leakOnPurpose: leak,
    seconds: Math.round(seconds),
  };
}

/** The figures for people. */
export function soakTable(result: SoakResult): string {
  const { plan, heap, targets, warnings, outcomes, abandoned, abandonedBare, leak, seconds } = result;
  const missed = missedBounds(result);
  return [
    `${plan.calls} RPC calls through one edge, ${Math.round(seconds)} s`,
    `Heap after forced collections, call ${plan.from} to call ${plan.calls} (bound +${kilobytes(plan.maxGrowthBytes)})`,
    ...heap.map(
      ({ worker, first, last }) =>
        `  ${worker.padEnd(14)} ${kilobytes(first).padStart(9)} -> ${kilobytes(last).padStart(9)}   ${signed(last - first)}`,
    ),
    `Targets that the callee made: ${targets.made}; disposers that ran: ${targets.disposed}`,
    `Warnings about what was not disposed of: ${warnings.length}`,
    `Recorded by telemetry: ${Object.entries(outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', ')}`,
    `Abandoned: ${described(abandoned)}; bare: ${described(abandonedBare)}`,
    `A leak on purpose: ${leak.warnings} warning, ${leak.undisposed} targets undisposed, ${leak.bytesPerKept} bytes each in the caller's heap`,
    ...(missed.length === 0 ? ['Every bound is kept.'] : missed.map((bound) => `MISSED: ${bound}`)),
  ].join('\n');
}

function described({ begun, ended, runningOn }: Abandoned): string {
  return `${begun} begun, ${ended} ended, ${runningOn ? 'some ran on' : 'none ran on'}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '' : '+'}${kilobytes(bytes)}`;
}
