/** A plan as people read it: what is done already, what will be done in which order, what they should know. */
import { paint, print } from '../../output.ts';
import type { DeployPlan } from './deploy-plan.ts';
import { describeStep } from './deploy-step.ts';

export function printPlan({ steps, done, notes, warnings }: Omit<DeployPlan, 'refusals'>, last?: string): void {
  for (const line of done) print(`${paint('dim', 'done')}  ${line}`);
  if (done.length > 0) print('');
  if (steps.length === 0) print('There is nothing to do.');
  for (const [index, step] of steps.entries()) print(`${String(index + 1).padStart(3)}  ${describeStep(step)}`);
  if (notes.length + warnings.length > 0) print('');
  for (const line of notes) print(`${paint('dim', 'note')} ${line}`);
  for (const line of warnings) print(`${paint('yellow', 'warning')} ${line}`);
  print('');
  if (last !== undefined) print(last);
}
