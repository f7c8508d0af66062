/** The questions of `GET /api/traces` as the shards understand them. */
import type { TraceQuery } from '../../telemetry/shard-api.ts';

/** A number that a person wrote, at least `least`; NaN where it is none. */
function numberAtLeast(text: string, least: number): number {
  const value = /^\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  return value >= least ? value : Number.NaN;
}

/** Reads the query, or says in one sentence what is wrong with it. An empty parameter counts as absent. */
export function readTraceQuery(params: URLSearchParams): TraceQuery | string {
  const known = ['service', 'status', 'outcome', 'minDurationMs', 'sinceMs', 'limit'];
  for (const name of params.keys()) {
    if (!known.includes(name)) return `there is no parameter "${name}"; there are ${known.join(', ')}`;
  }
  const text = (name: string) => params.get(name) || undefined;
  const number = (name: string, least: number) =>
    text(name) === undefined ? undefined : numberAtLeast(text(name) as string, least);
  const status = text('status')?.toLowerCase();
  if (status !== undefined && !/^([1-5]xx|\d{1,3})$/.test(status))
    return `status must be a status or a class as 5xx, got "${status}"`;
  const minDurationMs = number('minDurationMs', 0);
  const sinceMs = number('sinceMs', 0);
  const limit = number('limit', 1);
  for (const [name, value] of Object.entries({ minDurationMs, sinceMs, limit })) {
    if (Number.isNaN(value)) return `${name} must be a number, got "${params.get(name)}"`;
  }
  return { service: text('service'), status, outcome: text('outcome'), minDurationMs, sinceMs, limit };
}
