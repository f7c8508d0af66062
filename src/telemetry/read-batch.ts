/** Reads and checks what an edge sent. A shard stores all of a batch or nothing, so the check is complete before anything is written. */
import { isObject } from '../core/is-object.ts';
import type { Batch } from './batch.ts';
import { textLimits } from './batch.ts';
import { bucketCount } from './histogram.ts';

export type ReadBatch =
  | { readonly ok: true; readonly batch: Batch }
  | {
      readonly ok: false /** Path and expectation, e.g. `records[3].startMs: expected a number`. */;
      readonly problem: string;
    };

type Fields = Readonly<Record<string, unknown>>;

/** Attempts that one call may hold. */
const maxAttempts = 100;
/** Audit rules that one call may match: of a document and of the mesh, 256 each. */
const maxAudits = 512;

const traceIdForm = /^[0-9a-f]{32}$/;
const spanIdForm = /^[0-9a-f]{16}$/;
const parentForm = /^([0-9a-f]{16})?$/;

export function readBatch(json: string): ReadBatch {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, problem: 'expected JSON' };
  }
  const problem = checkBatch(value);
  return problem === undefined ? { ok: true, batch: value as Batch } : { ok: false, problem };
}

function checkBatch(value: unknown): string | undefined {
  if (!isObject(value)) return 'expected an object';
  if (!isText(value.isolate, textLimits.other) || value.isolate === '') return 'isolate: expected a short text';
  if (!isCount(value.sequence) || value.sequence === 0) return 'sequence: expected 1, 2, 3, ...';
  for (const name of ['calls', 'batchCalls', 'dropped']) {
    if (!isCount(value[name])) return `${name}: expected a whole number from 0`;
  }
  if ((value.batchCalls as number) > (value.calls as number)) return 'batchCalls: expected at most calls';
  if (!isNumber(value.sentAtMs)) return 'sentAtMs: expected a number';
  return (
    checkAll(value, 'records', checkRecord) ??
    checkAll(value, 'metrics', checkMetric) ??
    checkAll(value, 'edges', checkEdge)
  );
}

function checkAll(value: Fields, name: string, check: (item: Fields) => string | undefined): string | undefined {
  const items = value[name];
  if (!Array.isArray(items)) return `${name}: expected a list`;
  for (let index = 0; index < items.length; index++) {
    const item: unknown = items[index];
    if (!isObject(item)) return `${name}[${index}]: expected an object`;
    const problem = check(item);
    if (problem !== undefined) return `${name}[${index}].${problem}`;
  }
  return undefined;
}

function checkRecord(record: Fields): string | undefined {
  if (typeof record.traceId !== 'string' || !traceIdForm.test(record.traceId)) return 'traceId: expected 32 hex digits';
  if (typeof record.spanId !== 'string' || !spanIdForm.test(record.spanId)) return 'spanId: expected 16 hex digits';
  if (typeof record.parentSpanId !== 'string' || !parentForm.test(record.parentSpanId)) {
    return "parentSpanId: expected 16 hex digits or ''";
  }
  if (!isText(record.path, textLimits.path)) return tooLong('path', textLimits.path);
  if (!isText(record.method, textLimits.method)) return tooLong('method', textLimits.method);
  if (!isText(record.caller, textLimits.caller)) return tooLong('caller', textLimits.caller);
  if (!isText(record.reason, textLimits.reason)) return tooLong('reason', textLimits.reason);
  for (const name of ['shard', 'service', 'kind', 'door', 'route', 'version', 'outcome', 'revision', 'source']) {
    if (!isText(record[name], textLimits.other)) return tooLong(name, textLimits.other);
  }
  for (const name of ['status', 'startMs', 'durationMs', 'hops']) {
    if (!isNumber(record[name])) return `${name}: expected a number`;
  }
  if (!Array.isArray(record.attempts) || record.attempts.length > maxAttempts) {
    return `attempts: expected a list of at most ${maxAttempts}`;
  }
  const shadow = checkShadow(record);
  if (shadow !== undefined) return shadow;
  if (record.audit !== undefined && !isAudit(record.audit))
    return `audit: expected at most ${maxAudits} texts of at most ${textLimits.other} characters`;
  return checkAll(record, 'attempts', checkAttempt);
}

function checkShadow({ shadow, shadowRule }: Fields): string | undefined {
  if (shadow !== undefined && shadow !== 'allow' && shadow !== 'deny') return 'shadow: expected allow, deny or nothing';
  return shadowRule === undefined || isText(shadowRule, textLimits.other)
    ? undefined
    : tooLong('shadowRule', textLimits.other);
}

function isAudit(value: unknown): boolean {
  return Array.isArray(value) && value.length <= maxAudits && value.every((name) => isText(name, textLimits.other));
}

function checkAttempt(attempt: Fields): string | undefined {
  if (typeof attempt.spanId !== 'string' || !spanIdForm.test(attempt.spanId)) return 'spanId: expected 16 hex digits';
  if (!isText(attempt.endpoint, textLimits.endpoint)) return tooLong('endpoint', textLimits.endpoint);
  for (const name of ['version', 'outcome']) {
    if (!isText(attempt[name], textLimits.other)) return tooLong(name, textLimits.other);
  }
  for (const name of ['status', 'startMs', 'durationMs']) {
    if (!isNumber(attempt[name])) return `${name}: expected a number`;
  }
  return undefined;
}

function checkMetric(metric: Fields): string | undefined {
  if (!isText(metric.caller, textLimits.caller)) return tooLong('caller', textLimits.caller);
  for (const name of ['service', 'version', 'route', 'kind', 'outcome']) {
    if (!isText(metric[name], textLimits.other)) return tooLong(name, textLimits.other);
  }
  const shadow = checkShadow(metric);
  if (shadow !== undefined) return shadow;
  if (!isNumber(metric.status)) return 'status: expected a number';
  if (!isCount(metric.count)) return 'count: expected a whole number from 0';
  if (!isNumber(metric.sumMs)) return 'sumMs: expected a number';
  if (!Array.isArray(metric.buckets) || metric.buckets.length > bucketCount || !metric.buckets.every(isCount)) {
    return `buckets: expected at most ${bucketCount} counts`;
  }
  return undefined;
}

function checkEdge(edge: Fields): string | undefined {
  if (!isText(edge.problem, textLimits.reason)) return tooLong('problem', textLimits.reason);
  for (const name of ['service', 'revision', 'source']) {
    if (!isText(edge[name], textLimits.other)) return tooLong(name, textLimits.other);
  }
  if (!isNumber(edge.readAtMs)) return 'readAtMs: expected a number';
  if (typeof edge.stale !== 'boolean') return 'stale: expected a boolean';
  if (!isCount(edge.inFlight)) return 'inFlight: expected a whole number from 0';
  return undefined;
}

function tooLong(name: string, limit: number): string {
  return `${name}: expected a text of at most ${limit} characters`;
}

function isText(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length <= limit;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
