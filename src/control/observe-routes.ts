/** The admin API's views: services, status, traces. */
import { type Context, Hono } from 'hono';
import { assembleTrace } from '../telemetry/trace.ts';
import { answerError, answerJson } from './answer.ts';
import type { TraceAnswer, TraceList } from './api-types.ts';
import { findTrace, openTelemetry, traceErrorStatus } from './find-trace.ts';
import type { ControlHono } from './hono-env.ts';
import { readMesh } from './read-mesh.ts';
import { viewServices } from './read-services.ts';
import { readStatus } from './read-status.ts';
import { readTraceQuery } from './trace-query.ts';

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
  const { calls, problem } = found;
  const { traceId, startMs, durationMs, invocations, roots, orphans } = assembleTrace(calls);
  return answerJson(c, {
    traceId,
    startMs,
    durationMs,
    invocations,
    calls,
    tree: roots,
    orphans,
    problem,
  } satisfies TraceAnswer);
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
  .get('/api/traces', getTraces)
  .get('/api/traces/:id', getTrace);
