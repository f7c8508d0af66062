/** Carries a plan out, step after step, and says what it does. A step that fails ends the run; the next run goes on from there. */
import { CliFailure, exitCode } from '../../failure.ts';
import { describeStep, type Step } from '../plan/deploy-step.ts';
import { runStep, type StepContext } from './run-step.ts';

export interface StepResult {
  readonly step: Step;
  readonly words: string;
  readonly ms: number;
  /** What was found out on the way; empty where there is nothing to add. */
  readonly note: string;
}

export async function runPlan(
  steps: readonly Step[],
  context: StepContext,
  command: 'deploy' | 'eject',
  onStep: (line: string) => void,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const [index, step] of steps.entries()) {
    const words = describeStep(step);
    const begin = performance.now();
    try {
      const note = await runStep(step, context);
      const ms = Math.round(performance.now() - begin);
      results.push({ step, words, ms, note });
      onStep(`${String(index + 1).padStart(3)}/${steps.length}  ${words}${note === '' ? '' : ` (${note})`}`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const told = new Set(results.map((result) => ('worker' in result.step ? result.step.worker : '')));
      const tokens = [...context.tokens].filter(([worker]) => !told.has(worker));
      const secrets = tokens.map(
        ([worker, token]) => `\nIf ${worker} got its secret before that, its TOKEN is ${token}`,
      );
      throw new CliFailure(
        'step_failed',
        `step ${index + 1} of ${steps.length}, "${words}", failed; what came before it is done, and selvedge ${command} goes on from here when it is run again.\n${reason}${secrets.join('')}`,
        exitCode.findings,
        { step, done: results.map((result) => result.words), tokens: Object.fromEntries(context.tokens) },
      );
    }
  }
  return results;
}
