/** `selvedge traces`: recent journeys, newest first. */
import { defineCommand } from 'citty';
import type { TraceList } from '../../control/api-types.ts';
import type { TraceSummary } from '../../telemetry/shard-api.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { queryOf } from '../control/url-query.ts';
import { exitCode, usageFailure } from '../failure.ts';
import { paint, print, printJson, span, table } from '../output.ts';

/** `250`, `250ms`, `1.5s`, `2m` in milliseconds. */
export function readDuration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (found === null) throw usageFailure(`"${text}" is no duration; write 250ms, 1.5s or 2m`);
  return Number(found[1]) * { ms: 1, s: 1000, m: 60_000 }[(found[2] ?? 'ms') as 'ms' | 's' | 'm'];
}

export const tracesCommand = defineCommand({
  meta: { name: 'traces', description: 'List recent traces, newest first' },
  args: {
    service: { type: 'string', description: 'Only journeys in which this service took part', valueHint: 'name' },
    status: { type: 'string', description: 'Only with a call of this status, or class: 503, 5xx', valueHint: 'status' },
    outcome: {
      type: 'string',
      description: 'Only with a call that ended so: cancelled, access_denied, ...',
      valueHint: 'code',
    },
    'min-duration': {
      type: 'string',
      description: 'Only those that took at least this long: 250ms, 1.5s',
      valueHint: 'duration',
    },
    limit: { type: 'string', description: 'How many, 500 at most', valueHint: 'number', default: '20' },
    ...controlArgs,
  },
  async run({ args }) {
    if (!/^[1-9]\d{0,2}$/.test(args.limit))
      throw usageFailure(`--limit must be a whole number from 1 to 500, got "${args.limit}"`);
    if (args.status !== undefined && !/^([1-5]xx|\d{1,3})$/.test(args.status)) {
      throw usageFailure(`--status must be a status or a class as 5xx, got "${args.status}"`);
    }
    const { limit, service, status, outcome, 'min-duration': least } = args;
    const minDurationMs = least === undefined ? undefined : String(readDuration(least));
    const control = await connectControl(args);
    const query = queryOf({ limit, service, status, outcome, minDurationMs });
    const list = await control.get<TraceList>(`/api/traces${query}`);
    if (args.json) printJson(list);
    else if (list.traces.length === 0) print('No such traces. Edges send theirs within a second of the call.');
    else print(table(['TRACE', 'AGE', 'ROOT', 'STATUS', 'DURATION', 'SPANS', 'SERVICES'], list.traces.map(traceRow)));
    return exitCode.ok;
  },
});

function traceRow(trace: TraceSummary): string[] {
  const status = trace.outcome === 'response' ? String(trace.status) : `${trace.status || '-'} ${trace.outcome}`;
  return [
    trace.traceId.slice(0, 12),
    span(Math.max(0, Date.now() - trace.startMs)),
    `${trace.service} ${trace.method} ${trace.path}`.trim(),
    trace.errors > 0 ? paint('red', status) : status,
    `${trace.durationMs.toFixed(1)} ms`,
    String(trace.spans),
    trace.services.join(' '),
  ];
}
