/** Warns of journeys that come near the number of Worker invocations that the platform allows: nothing local enforces it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceAnswer, TraceList } from '../../../control/api-types.ts';
import { invocationLimit, invocationWarning, type TraceNode } from '../../../telemetry/trace.ts';
import { type ControlClient, connectControl } from '../../control/control-client.ts';
import { paint } from '../../output.ts';

export interface InvocationWatchOptions {
  readonly control: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Between two looks; 2 s unless said. */
  readonly everyMs?: number;
}

/** A journey may still grow for so long after it began. */
const growthMs = 60_000;

/** Looks at the traces of the last minute now and then, and opens only those that are long enough to matter. */
export async function watchInvocations(options: InvocationWatchOptions): Promise<void> {
  const { signal, onLine, everyMs = 2000 } = options;
  const client = await connectControl(options);
  /** How many invocations were told of a trace, by its id. */
  const told = new Map<string, { readonly level: number; readonly startMs: number }>();
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    const sinceMs = Date.now() - growthMs;
    for (const [id, { startMs }] of told) if (startMs < sinceMs) told.delete(id);
    // While the mesh reloads nobody answers; the next look sees what this one has missed.
    const traces = await longTraces(client, sinceMs).catch(() => []);
    for (const { traceId, startMs, invocations, tree } of traces) {
      const level = invocations >= invocationLimit ? invocationLimit : invocationWarning;
      if (invocations < invocationWarning || (told.get(traceId)?.level ?? 0) >= level) continue;
      told.set(traceId, { level, startMs });
      onLine(invocationLine(traceId, invocations, tree));
    }
  }
}

async function longTraces(client: ControlClient, sinceMs: number): Promise<TraceAnswer[]> {
  const { traces } = await client.get<TraceList>(`/api/traces?limit=500&sinceMs=${sinceMs}`);
  // Each call and each attempt has a span, and the Worker that began the journey may be one more invocation.
  const long = traces.filter(({ spans }) => spans + 1 >= invocationWarning);
  return Promise.all(long.map(({ traceId }) => client.get<TraceAnswer>(`/api/traces/${traceId}`)));
}

/** What is told of a trace: how many, of how many, and the chain that is longest. */
export function invocationLine(traceId: string, invocations: number, tree: readonly TraceNode[]): string {
  const over = invocations >= invocationLimit;
  const verdict = over ? 'the platform would refuse the rest' : 'the platform refuses more';
  const label = paint(over ? 'red' : 'yellow', `[trace ${traceId.slice(0, 8)}]`);
  return `${label} ${invocations} Worker invocations, of ${invocationLimit} that one request may use (${verdict}): ${longestChain(tree).join(' > ')}`;
}

/** The services from the root to the deepest call, and how often each is called in a row. */
function longestChain(nodes: readonly TraceNode[]): string[] {
  let longest: string[] = [];
  const counts = new Map<string, number>();
  for (const { kind, service } of nodes) if (kind === 'server') counts.set(service, (counts.get(service) ?? 0) + 1);
  for (const node of nodes) {
    const rest = longestChain(node.children);
    const times = counts.get(node.service) ?? 0;
    const name = times > 1 ? `${node.service} x${times}` : node.service;
    const chain = node.kind === 'server' ? [name, ...rest] : rest;
    if (chain.length > longest.length) longest = chain;
  }
  return longest;
}
