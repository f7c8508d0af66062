/** The first page: services with their versions and weights, what is wrong, and the latest journeys. */
import type { Operator } from '../control/lock/operator.ts';
import type { RouteView, ServiceView } from '../control/observe/services.ts';
import type { ServiceStatus, StatusView } from '../control/observe/status.ts';
import type { Issue } from '../model/findings/issue.ts';
import type { TraceSummary } from '../telemetry/shard-api.ts';
import { Frame } from './layout.tsx';
import { ago, count, documentTone, duration, edgeTone, percent, statusText, statusTone } from './words.ts';

export interface OverviewProps {
  readonly mesh: string;
  readonly operator: Operator;
  readonly refreshSeconds: number;
  readonly status: StatusView;
  readonly services: readonly ServiceView[];
  readonly traces: readonly TraceSummary[];
  /** What the trace list is narrowed to; `''` where it is not. */
  readonly filter: { readonly service: string; readonly status: string };
}

/** Versions keep their colour over all routes of a service; six are told apart, then colours repeat. */
function versionColour(service: ServiceView, version: string): number {
  const index = service.versions.findIndex((one) => one.name === version);
  return (index < 0 ? service.versions.length : index) % 6;
}

function targetOf(service: ServiceView, version: string): string {
  return service.versions.find((one) => one.name === version)?.target ?? '';
}

/** Versions that no route sends anything to: declared, and perhaps waiting for their turn. */
function unused(service: ServiceView): string[] {
  const used = new Set(service.routes.flatMap((route) => route.backends.map((backend) => backend.version)));
  return service.versions
    .filter((version) => !used.has(version.name))
    .map((version) => `${version.name} (${version.target})`);
}

function WeightBar({ service, route }: { service: ServiceView; route: RouteView }) {
  const shown = route.backends.filter((backend) => backend.percent > 0);
  let from = 0;
  const parts = shown.map((backend) => {
    const x = from;
    from += backend.percent;
    return (
      <rect
        class={`v${versionColour(service, backend.version)}`}
        x={`${x}%`}
        width={`${backend.percent}%`}
        height="100%"
      />
    );
  });
  return (
    <svg
      class="bar"
      width="100%"
      height="8"
      role="img"
      aria-label={route.backends.map((b) => `${b.version} ${percent(b.percent)}`).join(', ')}
    >
      <rect class="track" width="100%" height="100%" />
      {parts}
    </svg>
  );
}

function RouteRow({ service, route }: { service: ServiceView; route: RouteView }) {
  const matches = route.matches.join(' or ');
  return (
    <div class="route">
      <div class="route-name" title={matches === '' ? `${route.name}: every call` : `${route.name}: ${matches}`}>
        <b>{route.name}</b> <span class="dim">{matches === '' ? 'every call' : matches}</span>
      </div>
      <WeightBar service={service} route={route} />
      <div class="weights">
        {route.backends.map((backend) => (
          <span class={backend.percent === 0 ? 'weight dim' : 'weight'}>
            <i class={`dot v${versionColour(service, backend.version)}`} />
            {backend.version} <span class="dim">{targetOf(service, backend.version)}</span>{' '}
            <b>{percent(backend.percent)}</b>
          </span>
        ))}
      </div>
    </div>
  );
}

function EdgeLine({ status }: { status: ServiceStatus | undefined }) {
  const edge = status?.edges[0];
  if (status === undefined || edge === undefined) return <span class="dim">edge: no report yet</span>;
  const worst =
    status.edges.find((one) => edgeTone(one.state) === 'bad') ??
    status.edges.find((one) => edgeTone(one.state) === 'warn') ??
    edge;
  const others = status.edges.length > 1 ? ` of ${status.edges.length} isolates` : '';
  const baked = worst.source === 'kv' ? '' : ` (${worst.source})`;
  return (
    <span title={worst.problem === '' ? `isolate ${worst.isolate}` : worst.problem}>
      <i class={`dot ${edgeTone(worst.state)}`} />
      edge {worst.state}
      {others} <span class="dim">serves</span> <code>{worst.revision === '' ? 'nothing' : worst.revision}</code>
      {baked} <span class="dim">{ago(edge.ageMs)}</span>
    </span>
  );
}

function ServiceCard({ service, status }: { service: ServiceView; status: ServiceStatus | undefined }) {
  return (
    <article class="card" id={`service-${service.service}`}>
      <div class="card-head">
        <h3>
          <a href={`/?service=${encodeURIComponent(service.service)}`} title="Show only traces with this service">
            {service.service}
          </a>
        </h3>
        {service.state === 'ok' ? null : <span class={`pill ${documentTone(service.state)}`}>{service.state}</span>}
        <code class="dim">{service.revision}</code>
      </div>
      {service.routes.length === 0 ? (
        <p class="dim">
          {service.state === 'missing' ? 'There is no document under this key.' : 'The document cannot be read.'}
        </p>
      ) : (
        service.routes.map((route) => <RouteRow service={service} route={route} />)
      )}
      <dl class="facts">
        {unused(service).length === 0 ? null : (
          <>
            <dt>unused</dt>
            <dd>{unused(service).join(', ')}</dd>
          </>
        )}
        <dt>called by</dt>
        <dd>
          {service.callers.length === 0 ? <span class="dim">no Worker of the mesh</span> : service.callers.join(', ')}
        </dd>
        {service.access === '' ? null : (
          <>
            <dt>access</dt>
            <dd>
              <a href={`/access?service=${encodeURIComponent(service.service)}`}>{service.access}</a>
            </dd>
          </>
        )}
        {service.publicHosts.length === 0 ? null : (
          <>
            <dt>public</dt>
            <dd>{service.publicHosts.join(', ')}</dd>
          </>
        )}
      </dl>
      <div class="card-foot">
        <EdgeLine status={status} />
      </div>
    </article>
  );
}

function IssueLine({ issue }: { issue: Issue }) {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  return (
    <li>
      <span class={`pill ${{ error: 'bad', warning: 'warn', info: 'quiet' }[issue.severity]}`}>{issue.code}</span>{' '}
      <code>{place}</code> {issue.path === '' ? null : <code class="path">{issue.path}</code>} {issue.message}
      {issue.expected === '' ? null : <span class="dim">; expected {issue.expected}</span>}
    </li>
  );
}

function Problems({ status }: { status: StatusView }) {
  const documents = [status.mesh, ...status.services.map((one) => one.document)];
  const issues = documents.flatMap((document) => document.issues);
  // A mesh without a document of its own lives on the defaults; a service without one has no answer.
  const missing = status.services.map((one) => one.document).filter((document) => document.state === 'missing');
  const edges = status.services.flatMap((one) =>
    one.edges
      .filter((edge) => edge.problem !== '' || edge.state === 'behind' || edge.state === 'stale')
      .map((edge) => ({ service: one.service, edge })),
  );
  const telemetry = status.telemetry.problem;
  if (issues.length + missing.length + edges.length === 0 && telemetry === '') return null;
  return (
    <section class="problems" aria-label="Problems">
      <h2>Needs a look</h2>
      <ul>
        {missing.map((document) => (
          <li>
            <span class="pill bad">missing</span> <code>{document.key}</code> is not in KV; edges keep what they had,
            new ones answer 503
          </li>
        ))}
        {issues.map((issue) => (
          <IssueLine issue={issue} />
        ))}
        {edges.map(({ service, edge }) => (
          <li>
            <span class={`pill ${edgeTone(edge.state)}`}>{edge.state}</span> the edge of <b>{service}</b> serves{' '}
            <code>{edge.revision || 'nothing'}</code>
            {edge.problem === '' ? null : `: ${edge.problem}`} <span class="dim">({ago(edge.ageMs)})</span>
          </li>
        ))}
        {telemetry === '' ? null : (
          <li>
            <span class="pill bad">telemetry</span> {telemetry}
          </li>
        )}
      </ul>
    </section>
  );
}

function TraceRow({ trace, longest, nowMs }: { trace: TraceSummary; longest: number; nowMs: number }) {
  const href = `/traces/${encodeURIComponent(trace.traceId)}`;
  return (
    <tr>
      <td class="dim nowrap" title={new Date(trace.startMs).toISOString()}>
        {ago(nowMs - trace.startMs)}
      </td>
      <td class="root">
        <a href={href}>
          <b>{trace.service}</b> {trace.method} <span class="path">{trace.path}</span>
        </a>
      </td>
      <td class="nowrap">
        <span class={`pill ${statusTone(trace.status, trace.outcome)}`}>{statusText(trace.status, trace.outcome)}</span>
        {trace.errors > 0 && statusTone(trace.status, trace.outcome) === 'good' ? (
          <span class="pill warn">{trace.errors} failed inside</span>
        ) : null}
      </td>
      <td class="number nowrap">{duration(trace.durationMs)}</td>
      <td class="spark">
        <svg width="100%" height="6" aria-hidden="true">
          <rect class="span" width={`${Math.max(1, (100 * trace.durationMs) / longest)}%`} height="100%" rx="2" />
        </svg>
      </td>
      <td class="services">{trace.services.join(' · ')}</td>
      <td class="number">{trace.spans}</td>
    </tr>
  );
}

function Filter({ filter }: { filter: OverviewProps['filter'] }) {
  const link = (status: string, text: string) => {
    const query = new URLSearchParams();
    if (filter.service !== '') query.set('service', filter.service);
    if (status !== '') query.set('status', status);
    const href = query.size === 0 ? '/' : `/?${query}`;
    return (
      <a class={filter.status === status ? 'on' : ''} href={href}>
        {text}
      </a>
    );
  };
  return (
    <nav class="filter" aria-label="Which traces">
      {link('', 'all')}
      {link('4xx', '4xx')}
      {link('5xx', '5xx')}
      {filter.service === '' ? null : (
        <a
          class="on"
          href={filter.status === '' ? '/' : `/?status=${encodeURIComponent(filter.status)}`}
          title="Show traces of all services"
        >
          with {filter.service} ×
        </a>
      )}
    </nav>
  );
}

function Traces({
  traces,
  filter,
  nowMs,
}: {
  traces: readonly TraceSummary[];
  filter: OverviewProps['filter'];
  nowMs: number;
}) {
  const longest = Math.max(1, ...traces.map((trace) => trace.durationMs));
  return (
    <section aria-label="Recent traces">
      <div class="section-head">
        <h2>Recent traces</h2>
        <Filter filter={filter} />
      </div>
      {traces.length === 0 ? (
        <p class="empty">No such traces. Call a service through its edge; its journey is here within a second.</p>
      ) : (
        <div class="scroll">
          <table class="traces">
            <thead>
              <tr>
                <th>when</th>
                <th>root</th>
                <th>status</th>
                <th class="number">duration</th>
                <th />
                <th>services</th>
                <th class="number">spans</th>
              </tr>
            </thead>
            <tbody>
              {traces.map((trace) => (
                <TraceRow trace={trace} longest={longest} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Figures({ status }: { status: StatusView }) {
  const { counts } = status.telemetry;
  const state = status.healthy ? 'all documents served' : 'needs a look';
  return (
    <div class="figures">
      <span>
        <i class={`dot ${status.healthy ? 'good' : 'bad'}`} /> {state}
      </span>
      <span>
        <b>{status.services.length}</b> services
      </span>
      <span>
        <b>{count(counts.calls)}</b> calls
      </span>
      <span>
        <b>{count(counts.storedSpans)}</b> spans stored
      </span>
      <span class={counts.lostCalls > 0 ? 'warn-text' : ''}>
        <b>{count(counts.lostCalls)}</b> calls lost
      </span>
      {counts.droppedRecords === 0 ? null : (
        <span class="warn-text">
          <b>{count(counts.droppedRecords)}</b> traces dropped
        </span>
      )}
    </div>
  );
}

export function Overview({ mesh, operator, refreshSeconds, status, services, traces, filter }: OverviewProps) {
  const statusOf = new Map(status.services.map((one) => [one.service, one]));
  return (
    <Frame title={`Selvedge: ${mesh}`} mesh={mesh} refreshSeconds={refreshSeconds} operator={operator}>
      <Figures status={status} />
      <Problems status={status} />
      <section aria-label="Services">
        <h2>Services</h2>
        {services.length === 0 ? (
          <p class="empty">
            The mesh has no services yet. Write documents with <code>selvedge apply -f DIRECTORY</code>.
          </p>
        ) : (
          <div class="cards">
            {services.map((service) => (
              <ServiceCard service={service} status={statusOf.get(service.service)} />
            ))}
          </div>
        )}
      </section>
      <Traces traces={traces} filter={filter} nowMs={status.nowMs} />
    </Frame>
  );
}
