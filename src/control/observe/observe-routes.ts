/** The admin API's views: services, access, status, traces. */
import { type Context, Hono } from 'hono';
import { mentionsRefusal } from '../../core/errors/refusal.ts';
import { narrowMap, unknownInMap } from '../../model/access-map/find-cell.ts';
import type { CallRecord } from '../../telemetry/batch.ts';
import { assembleTrace } from '../../telemetry/trace.ts';
import { answerError, answerJson } from '../answer.ts';
import type { DryRunAnswer, TraceAnswer, TraceList } from '../api-types.ts';
import { readMesh } from '../documents/read-mesh.ts';
import type { ControlHono } from '../hono-env.ts';
import { dryRunSpanMs, viewDryRuns } from './dry-run.ts';
import { findTrace, openTelemetry, traceErrorStatus } from './find-trace.ts';
import { readAccess } from './read-access.ts';
import { viewServices } from './read-services.ts';
import { readStatus } from './read-status.ts';
import { withWords } from './refused-values.ts';
import { readTraceQuery } from './trace-query.ts';

async function getAccess(c: Context<ControlHono>): Promise<Response> {
  const { service, caller } = c.req.query();
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const map = readAccess(read, c.env.TOPOLOGY, Date.now());
  const unknown = unknownInMap(map, service, caller);
  if (unknown !== undefined) return answerError(c, 404, 'not_found', unknown);
  return answerJson(c, narrowMap(map, service, caller));
}

async function getDryRuns(c: Context<ControlHono>): Promise<Response> {
  const { service, sinceMs: since = '' } = c.req.query();
  if (!/^\d{0,15}$/.test(since))
    return answerError(c, 400, 'bad_request', 'sinceMs is an instant in ms since the epoch');
  const sinceMs = since === '' ? Date.now() - dryRunSpanMs : Number(since);
  const { value, problem } = await (await openTelemetry(c.env)).shadows(sinceMs, service || undefined);
  return answerJson(c, { services: viewDryRuns(value), problem } satisfies DryRunAnswer);
}

async function getTraces(c: Context<ControlHono>): Promise<Response> {
  const query = readTraceQuery(new URL(c.req.url).searchParams);
  if (typeof query === 'string') return answerError(c, 400, 'bad_request', query);
  const telemetry = await openTelemetry(c.env);
  const { value: traces, problem } = await telemetry.findTraces(query);
  return answerJson(c, { traces, problem } satisfies TraceList);
}

async function getTrace(c: Context<ControlHono>): Promise<Response> {
  const found = await findTrace(await openTelemetry(c.env), c.req.param('id') ?? '');
  if (!found.ok) return answerError(c, traceErrorStatus[found.code], found.code, found.message, found.facts);
  const calls = await withReasons(found.calls, c.env);
  const { traceId, startMs, durationMs, invocations, roots, orphans } = assembleTrace(calls);
  return answerJson(c, {
    traceId,
    startMs,
    durationMs,
    invocations,
    calls,
    tree: roots,
    orphans,
    problem: found.problem,
  } satisfies TraceAnswer);
}

/** Calls that found no document say why; where it was refused, KV still has it, as a rule. */
async function withReasons(calls: readonly CallRecord[], env: ControlHono['Bindings']): Promise<readonly CallRecord[]> {
  if (!calls.some(({ reason }) => mentionsRefusal(reason))) return calls;
  const { documents } = await readMesh(env.REGISTRY, env.TOPOLOGY);
  return calls.map((call) => ({ ...call, reason: withWords(call.reason, documents) }));
}

export const observeRoutes = new Hono<ControlHono>()
  .get('/api/services', async (c) => {
    const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
    return answerJson(c, { services: viewServices(read, c.env.TOPOLOGY) });
  })
  .get('/api/status', async (c) => {
    const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
    return answerJson(c, await readStatus(read, c.env, await openTelemetry(c.env, read.mesh), Date.now()));
  })
  .get('/api/access', getAccess)
  .get('/api/access/dry-runs', getDryRuns)
  .get('/api/traces', getTraces)
  .get('/api/traces/:id', getTrace);
