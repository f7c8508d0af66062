/** What only a mesh has: one trace for one journey, with the right parent of every call. */
import type { RunningMesh } from '../../src/cli/dev/start.ts';
import type { TraceAnswer } from '../../src/control/api-types.ts';
import type { CallRecord } from '../../src/telemetry/batch.ts';
import type { TraceSummary } from '../../src/telemetry/shard-api.ts';
import type { TraceNode } from '../../src/telemetry/trace.ts';
import { exchange } from './exchange.ts';

/** A call and the calls that it caused, as `service name`; those of one cause by name, since they may overlap. */
export interface CallTree {
  readonly call: string;
  readonly causes?: readonly CallTree[];
}

export interface Journey {
  readonly rule: string;
  readonly path: string;
  readonly tree: CallTree;
}

const journey = (rule: string, path: string, causes: readonly CallTree[]): Journey => ({
  rule,
  path,
  tree: ordered({ call: `parity-front GET ${path.split('?')[0]}`, causes }),
});
const leaf = (call: string): CallTree => ({ call });
const plain = leaf('parity-echo GET /plain');
const add = leaf('parity-ledger add()');

export const journeys: readonly Journey[] = [
  journey('calls side by side, by fetch and RPC, each with calls of its own', '/journey?name=parallel', [
    plain,
    add,
    { call: 'parity-mirror GET /import', causes: [plain] },
    { call: 'parity-mirror sum()', causes: [add, add] },
  ]),
  journey('calls that begin at different times and overlap', '/journey?name=overlapping', [
    plain,
    { call: 'parity-mirror sum()', causes: [add] },
    { call: 'parity-mirror sum()', causes: [add, add] },
  ]),
  journey('calls that waitUntil makes after the answer', '/journey?name=wait-until', [
    plain,
    leaf('parity-ledger background()'),
  ]),
  journey('calls from timers and microtasks', '/journey?name=timers', [plain, add, leaf('parity-ledger sync()')]),
  journey('RPC inside fetch inside RPC, and through the Worker itself', '/journey?name=nested', [
    { call: 'parity-ledger viaFetch()', causes: [plain] },
    {
      call: 'parity-mirror cycle()',
      causes: [{ call: 'parity-front again()', causes: [leaf('parity-front again()')] }],
    },
    { call: 'parity-mirror relay()', causes: [leaf('parity-ledger apply()')] },
  ]),
  journey('calls that a callback makes, which another Worker calls', '/journey?name=callback', [
    plain,
    leaf('parity-ledger apply()'),
  ]),
  journey('a target of a third Worker, of which only the first call passes edges', '/journey?name=targets', [
    { call: 'parity-mirror counter()', causes: [leaf('parity-ledger counter()')] },
  ]),
  journey('calls of a Durable Object beside the Worker, by RPC and fetch', '/journey?name=objects', [plain, add]),
  journey('calls of a Durable Object in the next Worker', '/journey?name=objects%20elsewhere', [
    { call: 'parity-objects GET /fetch', causes: [plain] },
  ]),
  journey('calls through a loopback binding', '/journey?name=loopback', [leaf('parity-front again()')]),
  journey('calls between the parts of a streamed answer', '/streamed-journey', [add, add]),
  journey('calls of a Hono app while it streams', '/journey?name=hono', [
    { call: 'parity-web GET /stream', causes: [add, add] },
  ]),
];

/** Begins a journey with a trace id of its own, so that it can be found. */
export async function travel(
  mesh: RunningMesh,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly traceId: string; readonly text: string }> {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  const { text } = await exchange(`${mesh.info.services['parity-front']?.url}${path}`, {
    headers: { traceparent: `00-${traceId}-${'c'.repeat(16)}-01`, ...headers },
  });
  return { traceId, text };
}

async function ask<Answer>(mesh: RunningMesh, path: string): Promise<Answer | undefined> {
  const headers = { authorization: `Bearer ${mesh.info.token}` };
  const { status, text } = await exchange(`${mesh.info.control}/api/${path}`, { headers });
  return status === 200 ? (JSON.parse(text) as Answer) : undefined;
}

/** The trees of a stored trace; one, where it is whole. */
export async function treesOf(mesh: RunningMesh, traceId: string): Promise<readonly CallTree[]> {
  const answer = await ask<TraceAnswer>(mesh, `traces/${traceId}`);
  return (answer?.tree ?? []).map(callTree);
}

export async function callsOf(mesh: RunningMesh, traceId: string): Promise<readonly CallRecord[]> {
  return (await ask<TraceAnswer>(mesh, `traces/${traceId}`))?.calls ?? [];
}

/** The trees of the traces that began with a call of `caller` to `service`: nothing that came from outside caused them. */
export async function begunBy(mesh: RunningMesh, caller: string, service: string): Promise<readonly CallTree[]> {
  const answer = await ask<{ readonly traces: readonly TraceSummary[] }>(mesh, `traces?service=${service}&limit=500`);
  const begun = (answer?.traces ?? []).filter((trace) => trace.service === service);
  const traces = await Promise.all(begun.map(({ traceId }) => ask<TraceAnswer>(mesh, `traces/${traceId}`)));
  return traces
    .flatMap((trace) => trace?.tree ?? [])
    .filter((root) => root.caller === caller)
    .map(callTree);
}

function callTree(node: TraceNode): CallTree {
  return ordered({ call: `${node.service} ${node.name}`, causes: callsBelow(node).map(callTree) });
}

/** The same tree with the calls of each cause in one order: in time they may overlap. */
function ordered({ call, causes = [] }: CallTree): CallTree {
  if (causes.length === 0) return { call };
  return { call, causes: causes.map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}

/** The calls below a span; attempts are what lies between. */
function callsBelow(node: TraceNode): readonly TraceNode[] {
  return node.children.flatMap((child) => (child.kind === 'server' ? [child] : callsBelow(child)));
}

/** Puts a document through control. */
export async function putDocument(mesh: RunningMesh, key: string, document: object): Promise<number> {
  const { status } = await exchange(`${mesh.info.control}/api/documents/${key}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${mesh.info.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(document),
  });
  return status;
}
