/** The first page: services with their versions and weights, what is wrong, and the latest journeys. */
import type { Operator } from '../control/lock/operator.ts';
import type { ServiceView } from '../control/observe/services.ts';
import type { StatusView } from '../control/observe/status.ts';
import type { TraceSummary } from '../telemetry/shard-api.ts';
import { Frame } from './layout.tsx';
import { Problems } from './problems.tsx';
import { type TraceFilter, Traces } from './recent-traces.tsx';
import { ServiceCard } from './service-card.tsx';
import { count } from './words.ts';

export interface OverviewProps {
  readonly mesh: string;
  readonly operator: Operator;
  readonly refreshSeconds: number;
  readonly status: StatusView;
  readonly services: readonly ServiceView[];
  readonly traces: readonly TraceSummary[];
  /** What the trace list is narrowed to. */
  readonly filter: TraceFilter;
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
