/** The dashboard's routes. They stand behind control's lock and answer whole pages. */
import { type Context, Hono } from 'hono';
import { findTrace, openTelemetry, traceErrorStatus } from '../control/find-trace.ts';
import type { ControlHono } from '../control/hono-env.ts';
import { readAccess } from '../control/read-access.ts';
import { readMesh } from '../control/read-mesh.ts';
import { viewServices } from '../control/read-services.ts';
import { defaultRefreshSeconds, readStatus } from '../control/read-status.ts';
import { readTraceQuery } from '../control/trace-query.ts';
import { narrowMap, unknownInMap } from '../model/access-map/find-cell.ts';
import type { MeshDocument } from '../model/schema/mesh.ts';
import { assembleTrace } from '../telemetry/trace.ts';
import { AccessPage } from './access-page.tsx';
import { ErrorPage } from './error-page.tsx';
import { contentSecurityPolicy } from './layout.tsx';
import { Overview } from './overview.tsx';
import { refreshScript } from './script.ts';
import { styleSheet } from './style.ts';
import { TracePage } from './trace-page.tsx';

/** A trace that began this recently may still grow. */
const youngTraceMs = 15_000;
const tracesShown = 50;

type PageContext = Context<ControlHono>;
type PageStatus = 200 | 400 | 404 | 409 | 503;

function answerPage(c: PageContext, page: { toString(): string }, status: PageStatus = 200): Response {
  c.header('content-security-policy', contentSecurityPolicy);
  c.header('cache-control', 'no-store');
  return c.html(`<!doctype html>${page}`, status);
}

function meshName(mesh: MeshDocument | undefined): string {
  return mesh?.mesh ?? mesh?.trustDomain ?? 'mesh.local';
}

/** Pages follow the mesh's own refresh, so that an open tab costs no more reads than an edge: 2 s at least. */
function refreshSeconds(c: PageContext): number {
  return Math.max(2, c.env.REFRESH_SECONDS ?? defaultRefreshSeconds);
}

async function overview(c: PageContext): Promise<Response> {
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const mesh = meshName(read.mesh);
  const query = readTraceQuery(new URL(c.req.url).searchParams);
  if (typeof query === 'string') return answerPage(c, <ErrorPage mesh={mesh} message={query} />, 400);
  const telemetry = await openTelemetry(c.env, read.mesh);
  const [status, traces] = await Promise.all([
    readStatus(read, c.env, telemetry, Date.now()),
    telemetry.findTraces({ ...query, limit: query.limit ?? tracesShown }),
  ]);
  return answerPage(
    c,
    <Overview
      mesh={mesh}
      refreshSeconds={refreshSeconds(c)}
      status={status}
      services={viewServices(read, c.env.TOPOLOGY)}
      traces={traces.value}
      filter={{ service: query.service ?? '', status: query.status ?? '' }}
    />,
  );
}

async function tracePage(c: PageContext): Promise<Response> {
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const mesh = meshName(read.mesh);
  const found = await findTrace(await openTelemetry(c.env, read.mesh), c.req.param('id') ?? '');
  if (!found.ok) return answerPage(c, <ErrorPage mesh={mesh} message={found.message} />, traceErrorStatus[found.code]);
  const trace = assembleTrace(found.calls);
  const routes = new Map(found.calls.map((call) => [call.spanId, call.route]));
  const refresh = Date.now() - trace.startMs < youngTraceMs ? 2 : 0;
  return answerPage(c, <TracePage mesh={mesh} trace={trace} routes={routes} refreshSeconds={refresh} />);
}

async function accessPage(c: PageContext): Promise<Response> {
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const mesh = meshName(read.mesh);
  const { service, caller } = c.req.query();
  const map = readAccess(read, c.env.TOPOLOGY, Date.now());
  const asked = { service: service || undefined, caller: caller || undefined };
  const unknown = unknownInMap(map, asked.service, asked.caller);
  if (unknown !== undefined) return answerPage(c, <ErrorPage mesh={mesh} message={unknown} />, 404);
  return answerPage(c, <AccessPage mesh={mesh} map={narrowMap(map, asked.service, asked.caller)} {...asked} />);
}

function answerAsset(c: PageContext, text: string, type: string): Response {
  c.header('content-type', `${type}; charset=utf-8`);
  c.header('cache-control', 'no-cache');
  return c.body(text);
}

export const pageRoutes = new Hono<ControlHono>()
  .get('/', overview)
  .get('/access', accessPage)
  .get('/traces/:id', tracePage)
  .get('/dashboard.css', (c) => answerAsset(c, styleSheet, 'text/css'))
  .get('/dashboard.js', (c) => answerAsset(c, refreshScript, 'text/javascript'));
