/** `selvedge trace`: one journey as a waterfall in the terminal. */
import { defineCommand } from 'citty';
import type { TraceAnswer } from '../../control/api-types.ts';
import { assembleTrace } from '../../telemetry/trace.ts';
import { renderWaterfall } from '../../telemetry/waterfall.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { exitCode } from '../failure.ts';
import { print, printError, printJson } from '../output.ts';

/** Columns of an output that is no terminal. */
const defaultWidth = 120;

export const traceCommand = defineCommand({
  meta: {
    name: 'trace',
    description: 'Draw one journey as a waterfall: every call and attempt, who, which version, how long',
  },
  args: {
    id: { type: 'positional', required: true, description: 'Trace id, or a beginning of it that fits no other' },
    ...controlArgs,
  },
  async run({ args }) {
    const control = await connectControl(args);
    const answer = await control.get<TraceAnswer>(`/api/traces/${encodeURIComponent(args.id)}`);
    if (args.json) printJson(answer);
    else print(renderWaterfall(assembleTrace(answer.calls), process.stdout.columns ?? defaultWidth));
    if (answer.problem !== '' && !args.json) printError(answer.problem);
    return exitCode.ok;
  },
});
