/** One journey as a waterfall: who called whom, how deep, which version answered, and where the time went. */
import type { Operator } from '../control/lock/operator.ts';
import { invocationLimit, invocationWarning, type Span, type Trace } from '../telemetry/trace.ts';
import { Frame } from './layout.tsx';
import { duration, statusText, statusTone } from './words.ts';

/** Deeper spans are not indented further, so that names stay readable. */
const deepestIndent = 12;
const ticks = [0, 25, 50, 75, 100] as const;

function Bar({ span, trace, colour }: { span: Span; trace: Trace; colour: number }) {
  const whole = Math.max(trace.durationMs, 0.001);
  const from = Math.min(99.6, (100 * (span.startMs - trace.startMs)) / whole);
  const width = Math.max(0.4, Math.min(100 - from, (100 * span.durationMs) / whole));
  const tone = statusTone(span.status, span.outcome);
  const kind = span.kind === 'server' ? 'call' : 'attempt';
  const label = `${span.service} ${kind} ${duration(span.durationMs)}, from ${duration(span.startMs - trace.startMs)}`;
  return (
    <svg class="lane" width="100%" height="16" role="img" aria-label={label}>
      {ticks.slice(1, -1).map((tick) => (
        <line class="tick" x1={`${tick}%`} x2={`${tick}%`} y1="0" y2="16" />
      ))}
      <rect
        class={`${kind} ${tone} v${colour}`}
        x={`${from}%`}
        width={`${width}%`}
        y={kind === 'call' ? 2 : 5}
        height={kind === 'call' ? 12 : 6}
        rx="2"
      />
    </svg>
  );
}

/** The first line names the call, the second what is worth knowing about it. */
function SpanName({ span, orphan }: { span: Span; orphan: boolean }) {
  if (span.kind === 'client') {
    return (
      <span class="attempt-name">
        <span class="dim">{span.attempt > 1 ? `attempt ${span.attempt} to` : 'to'}</span> {span.version}{' '}
        <span class="dim">{span.name}</span>
      </span>
    );
  }
  return (
    <>
      <b>{span.service}</b> {span.version === '' ? null : <span class="version">{span.version}</span>}{' '}
      <span class="path">{span.name}</span>
      {span.caller === '' ? null : <span class="dim"> from {span.caller}</span>}
      {orphan ? (
        <span class="pill warn" title="The span that caused this call is not stored">
          parent missing
        </span>
      ) : null}
    </>
  );
}

interface RowProps {
  readonly span: Span;
  readonly trace: Trace;
  readonly route: string;
  /** Which of the six colours the span's service has in this trace. */
  readonly colour: number;
}

function SpanRow({ span, trace, route, colour }: RowProps) {
  const depth = Math.min(span.depth, deepestIndent);
  return (
    <tr class={span.kind}>
      <td class="tree">
        <div class={`indent d${depth}`}>
          <SpanName span={span} orphan={trace.orphans.includes(span.spanId)} />
          {[span.reason, ...span.notes].filter(Boolean).map((note) => (
            <div class="reason">{note}</div>
          ))}
        </div>
      </td>
      <td class="dim nowrap">{route}</td>
      <td class="nowrap">
        {span.kind === 'client' && statusTone(span.status, span.outcome) === 'good' ? (
          <span class="dim">{statusText(span.status, span.outcome)}</span>
        ) : (
          <span class={`pill ${statusTone(span.status, span.outcome)}`}>{statusText(span.status, span.outcome)}</span>
        )}
      </td>
      <td class="number nowrap">{duration(span.durationMs)}</td>
      <td class="lane-cell">
        <Bar span={span} trace={trace} colour={colour} />
      </td>
    </tr>
  );
}

function Invocations({ used }: { used: number }) {
  const tone = used >= invocationLimit ? 'bad' : used >= invocationWarning ? 'warn' : 'good';
  return (
    <span
      title={`The platform allows a request ${invocationLimit} Worker invocations in total; each meshed call takes two.`}
    >
      <b>{used}</b> of {invocationLimit} invocations{' '}
      <svg class="meter" width="64" height="6" aria-hidden="true">
        <rect class="track" width="100%" height="100%" rx="3" />
        <rect class={tone} width={`${Math.min(100, (100 * used) / invocationLimit)}%`} height="100%" rx="3" />
      </svg>
    </span>
  );
}

export interface TracePageProps {
  readonly mesh: string;
  readonly operator: Operator;
  readonly trace: Trace;
  /** `span id of a call -> name of its route`. */
  readonly routes: ReadonlyMap<string, string>;
  /** Seconds after which a young trace is looked at again; 0 once no more spans can come. */
  readonly refreshSeconds: number;
}

export function TracePage({ mesh, operator, trace, routes, refreshSeconds }: TracePageProps) {
  const root = trace.spans[0];
  const services = [...new Set(trace.spans.map((span) => span.service))];
  return (
    <Frame
      title={`Trace ${trace.traceId.slice(0, 12)}`}
      mesh={mesh}
      refreshSeconds={refreshSeconds}
      operator={operator}
    >
      <p class="back">
        <a href="/">← all traces</a>
      </p>
      <h1>
        {root === undefined ? 'Trace' : root.service} <span class="path">{root?.name ?? ''}</span>
        {root === undefined ? null : (
          <span class={`pill ${statusTone(root.status, root.outcome)}`}>{statusText(root.status, root.outcome)}</span>
        )}
      </h1>
      <div class="figures">
        <span>
          <code>{trace.traceId}</code>
        </span>
        <span>{new Date(trace.startMs).toISOString().replace('T', ' ')}</span>
        <span>
          <b>{duration(trace.durationMs)}</b>
        </span>
        <span>
          <b>{services.length}</b> services
        </span>
        <span>
          <b>{trace.spans.length}</b> spans
        </span>
        <Invocations used={trace.invocations} />
      </div>
      <div class="scroll">
        <table class="waterfall">
          <thead>
            <tr>
              <th>span</th>
              <th>route</th>
              <th>status</th>
              <th class="number">duration</th>
              <th class="lane-cell">
                <div class="axis">
                  {ticks.map((tick) => (
                    <span>{tick === 0 ? '0' : duration((trace.durationMs * tick) / 100)}</span>
                  ))}
                </div>
              </th>
            </tr>
          </thead>
          <tbody>
            {trace.spans.map((span) => (
              <SpanRow
                span={span}
                trace={trace}
                colour={services.indexOf(span.service) % 6}
                route={span.kind === 'server' ? (routes.get(span.spanId) ?? '') : ''}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Frame>
  );
}
