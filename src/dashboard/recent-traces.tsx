/** The list of traces, and what it can be narrowed to. */
import type { TraceSummary } from '../telemetry/shard-api.ts';
import { ago, duration, statusText, statusTone } from './words.ts';

/** `''` where it does not narrow the list. */
export interface TraceFilter {
  readonly service: string;
  readonly status: string;
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

function Filter({ filter }: { filter: TraceFilter }) {
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

/** The latest journeys, narrowed to what the filter says. */
export function Traces({
  traces,
  filter,
  nowMs,
}: {
  traces: readonly TraceSummary[];
  filter: TraceFilter;
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
