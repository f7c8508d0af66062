/** A service as the first page shows it. */
import type { RouteView, ServiceView } from '../control/observe/services.ts';
import type { ServiceStatus } from '../control/observe/status.ts';
import { ago, documentTone, edgeTone, percent } from './words.ts';

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

/** One service: where its calls go, who calls it, and what its edge serves. */
export function ServiceCard({ service, status }: { service: ServiceView; status: ServiceStatus | undefined }) {
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
