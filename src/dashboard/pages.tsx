/** The dashboard's routes. They answer whole pages, and all but the login page stand behind control's lock. */
import { type Context, Hono } from 'hono';
import type { Pages } from '../control/app.ts';
import { readAuditQuery } from '../control/audit/audit-query.ts';
import { readMesh } from '../control/documents/read-mesh.ts';
import type { ControlHono } from '../control/hono-env.ts';
import { dryRunSpanMs, viewDryRuns } from '../control/observe/dry-run.ts';
import { findTrace, openTelemetry, traceErrorStatus } from '../control/observe/find-trace.ts';
import { readAccess } from '../control/observe/read-access.ts';
import { viewServices } from '../control/observe/read-services.ts';
import { readStatus } from '../control/observe/read-status.ts';
import { defaultRefreshSeconds } from '../control/observe/status.ts';
import { readTraceQuery } from '../control/observe/trace-query.ts';
import { wardenOf } from '../control/warden.ts';
import { narrowMap, unknownInMap } from '../model/access-map/find-cell.ts';
import type { MeshDocument } from '../model/schema/mesh.ts';
import { assembleTrace } from '../telemetry/trace.ts';
import { AccessPage } from './access-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { ErrorPage } from './error-page.tsx';
import { contentSecurityPolicy } from './layout.tsx';
import { LoginPage } from './login-page.tsx';
import { Overview } from './overview.tsx';
import { refreshScript } from './script.ts';
import { styleSheet } from './style.ts';
import { TracePage } from './trace-page.tsx';

/** A trace that began this recently may still grow. */
const youngTraceMs = 15_000;
const tracesShown = 50;

type PageContext = Context<ControlHono>;
type PageStatus = 200 | 400 | 401 | 403 | 404 | 409 | 503;

/** Characters that turn the direction of what stands around them, by which a caller could make a page read otherwise. */
const turningMarks = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

function answerPage(c: PageContext, page: { toString(): string }, status: PageStatus = 200): Response {
  c.header('content-security-policy', contentSecurityPolicy);
  c.header('cache-control', 'no-store');
  return c.html(`<!doctype html>${page.toString().replace(turningMarks, '\ufffd')}`, status);
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
  if (typeof query === 'string')
    return answerPage(c, <ErrorPage mesh={mesh} operator={c.var.operator} message={query} />, 400);
  const telemetry = await openTelemetry(c.env, read.mesh);
  const [status, traces] = await Promise.all([
    readStatus(read, c.env, telemetry, Date.now()),
    telemetry.findTraces({ ...query, limit: query.limit ?? tracesShown }),
  ]);
  return answerPage(
    c,
    <Overview
      mesh={mesh}
      operator={c.var.operator}
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
  const { operator } = c.var;
  if (!found.ok) {
    const page = <ErrorPage mesh={mesh} operator={operator} message={found.message} />;
    return answerPage(c, page, traceErrorStatus[found.code]);
  }
  const trace = assembleTrace(found.calls);
  const routes = new Map(found.calls.map((call) => [call.spanId, call.route]));
  const refresh = Date.now() - trace.startMs < youngTraceMs ? 2 : 0;
  const page = <TracePage mesh={mesh} operator={operator} trace={trace} routes={routes} refreshSeconds={refresh} />;
  return answerPage(c, page);
}

async function auditPage(c: PageContext): Promise<Response> {
  const { operator } = c.var;
  const { mesh } = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const query = readAuditQuery(new URL(c.req.url).searchParams);
  if (typeof query === 'string')
    return answerPage(c, <ErrorPage mesh={meshName(mesh)} operator={operator} message={query} />, 400);
  const page = await wardenOf(c.env).read(query);
  return answerPage(
    c,
    <AuditPage mesh={meshName(mesh)} operator={operator} page={page} query={query} nowMs={Date.now()} />,
  );
}

async function accessPage(c: PageContext): Promise<Response> {
  const { operator } = c.var;
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const mesh = meshName(read.mesh);
  const { service, caller } = c.req.query();
  const map = readAccess(read, c.env.TOPOLOGY, Date.now());
  const asked = { service: service || undefined, caller: caller || undefined };
  const unknown = unknownInMap(map, asked.service, asked.caller);
  if (unknown !== undefined) return answerPage(c, <ErrorPage mesh={mesh} operator={operator} message={unknown} />, 404);
  const narrowed = narrowMap(map, asked.service, asked.caller);
  const nowMs = Date.now();
  const telemetry = await openTelemetry(c.env, read.mesh);
  const counted = await telemetry.shadows(nowMs - dryRunSpanMs, asked.service);
  const dryRuns = { services: viewDryRuns(counted.value), problem: counted.problem, nowMs };
  return answerPage(c, <AccessPage mesh={mesh} operator={operator} map={narrowed} {...asked} dryRuns={dryRuns} />);
}

function answerAsset(c: PageContext, text: string, type: string): Response {
  c.header('content-type', `${type}; charset=utf-8`);
  c.header('cache-control', 'no-cache');
  return c.body(text);
}

export const pages: Pages = {
  login: (c, problem, status) => answerPage(c, <LoginPage problem={problem} />, status),
  nothing: (c, reason, status) =>
    answerPage(c, <ErrorPage mesh="" operator={c.var.operator} message={reason} />, status),
  open: new Hono<ControlHono>().get('/login.css', (c) => answerAsset(c, styleSheet, 'text/css')),
  locked: new Hono<ControlHono>()
    .get('/', overview)
    .get('/access', accessPage)
    .get('/traces/:id', tracePage)
    .get('/audit', auditPage)
    .get('/dashboard.css', (c) => answerAsset(c, styleSheet, 'text/css'))
    .get('/dashboard.js', (c) => answerAsset(c, refreshScript, 'text/javascript')),
};
