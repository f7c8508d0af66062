/** A trace as text for a terminal: one line a span, its bar on the common time axis. */
import { invocationLimit, invocationWarning, isComplete, type Span, type Trace } from './trace.ts';

const narrowest = 60;
const durationWidth = 10;

/** `width` is the terminal's, in columns; 60 at least. The text has no colours and no trailing newline. */
export function renderWaterfall(trace: Trace, width: number): string {
  const [first] = trace.spans;
  if (first === undefined) return 'no spans are stored';
  const columns = Math.max(narrowest, Math.floor(width));
  const names = trace.spans.map(spanName);
  const states = trace.spans.map(spanState);
  const stateWidth = Math.min(longest(states), Math.floor(columns / 4));
  const nameWidth = Math.min(longest(names), Math.floor((columns - stateWidth - durationWidth) * 0.6));
  const barWidth = columns - nameWidth - stateWidth - durationWidth - 5;
  const lines = [heading(trace)];
  trace.spans.forEach((span, index) => {
    const bar = spanBar(span, trace, barWidth);
    const state = clip(states[index] as string, stateWidth).trimEnd();
    const duration = formatMs(span.durationMs).padStart(durationWidth);
    lines.push(`${clip(names[index] as string, nameWidth)} |${bar}|${duration}  ${state}`);
    for (const note of [span.reason, ...span.notes].filter(Boolean))
      lines.push(clip(`${'  '.repeat(span.depth)}  ${note}`, columns).trimEnd());
  });
  return [...lines, ...remarks(trace)].join('\n');
}

/** Milliseconds with one digit behind the point below 10 ms, seconds from 10 s on. */
function formatMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms >= 10 || Number.isInteger(ms) ? Math.round(ms) : ms.toFixed(1)} ms`;
}

function heading(trace: Trace): string {
  const spans = `${trace.spans.length} ${trace.spans.length === 1 ? 'span' : 'spans'}`;
  const began = new Date(trace.startMs).toISOString();
  const invocations = `${trace.invocations} of ${invocationLimit} invocations`;
  return `trace ${trace.traceId}\n${[began, formatMs(trace.durationMs), spans, invocations].join(', ')}`;
}

function spanName(span: Span): string {
  const indent = '  '.repeat(span.depth);
  if (span.kind === 'server') return `${indent}${[span.service, span.version, span.name].filter(Boolean).join(' ')}`;
  const again = span.attempt === 0 ? 'mirror ' : span.attempt > 1 ? `attempt ${span.attempt} ` : '';
  return `${indent}-> ${again}${span.version} ${span.name}`;
}

/** The status, and how the span ended where that was not a response. */
function spanState(span: Span): string {
  if (span.outcome === 'response') return String(span.status);
  return span.status === 0 ? span.outcome : `${span.status} ${span.outcome}`;
}

/** At least one cell is filled, so that the shortest span is seen too. */
function spanBar(span: Span, trace: Trace, width: number): string {
  const scale = trace.durationMs > 0 ? width / trace.durationMs : 0;
  const from = Math.min(width - 1, Math.max(0, Math.floor((span.startMs - trace.startMs) * scale)));
  const to = Math.min(width, Math.max(from + 1, Math.round((span.startMs + span.durationMs - trace.startMs) * scale)));
  const cell = span.kind === 'server' ? '█' : '░';
  return ' '.repeat(from) + cell.repeat(to - from) + ' '.repeat(width - to);
}

function remarks(trace: Trace): string[] {
  const lines: string[] = [];
  const missing =
    trace.orphans.length === 1
      ? "1 call without its parent's span"
      : `${trace.orphans.length} calls without their parents' spans`;
  if (!isComplete(trace)) lines.push(`incomplete: ${missing}`);
  const used = `${trace.invocations} of the ${invocationLimit} Worker invocations that the platform allows a request`;
  if (trace.invocations >= invocationLimit) lines.push(`error: ${used}`);
  else if (trace.invocations >= invocationWarning) lines.push(`warning: ${used}`);
  return lines;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}
