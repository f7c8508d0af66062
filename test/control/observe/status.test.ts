import { describe, expect, it } from 'vitest';
import type { DocumentFinding } from '../../../src/control/observe/document-finding.ts';
import { idleAfterMs, joinStatus, judgeEdge, type StatusInput } from '../../../src/control/observe/status.ts';
import type { Issue } from '../../../src/model/findings/issue.ts';
import type { EdgeStatusRow } from '../../../src/telemetry/shard-api.ts';

const now = 1_700_000_000_000;
const refreshMs = 30_000;

function row(over: Partial<EdgeStatusRow> = {}): EdgeStatusRow {
  return {
    service: 'payment',
    revision: 'new',
    source: 'kv',
    readAtMs: now - 2_000,
    stale: false,
    problem: '',
    inFlight: 0,
    isolate: 'one',
    reportedAtMs: now - 1_000,
    ...over,
  };
}

function finding(over: Partial<DocumentFinding> = {}): DocumentFinding {
  return { key: 'service/payment', revision: 'new', state: 'ok', issues: [], ...over };
}

const issue: Issue = {
  file: 'service/payment',
  line: 3,
  column: 5,
  path: 'routes',
  message: 'the value is "x"',
  expected: 'a list',
  severity: 'error',
  code: 'SV0007',
};

interface EdgeRow {
  readonly name: string;
  readonly edge?: Partial<EdgeStatusRow>;
  readonly document?: Partial<DocumentFinding>;
  /** How long ago KV was known to hold the present revision; undefined where nobody knows. */
  readonly knownForMs?: number;
  readonly state: string;
}

const edgeRows: readonly EdgeRow[] = [
  { name: 'serves the revision in KV: ok', state: 'ok' },
  {
    name: 'no report for five minutes: idle, whatever it said',
    edge: { reportedAtMs: now - idleAfterMs - 1, problem: 'x', revision: 'old' },
    state: 'idle',
  },
  { name: 'exactly five minutes old is not idle yet', edge: { reportedAtMs: now - idleAfterMs }, state: 'ok' },
  {
    name: 'another revision just after the change: updating',
    edge: { revision: 'old' },
    knownForMs: 10_000,
    state: 'updating',
  },
  { name: 'another revision when nobody knows since when: updating', edge: { revision: 'old' }, state: 'updating' },
  {
    name: 'another revision after refresh and propagation: behind',
    edge: { revision: 'old' },
    knownForMs: 600_000,
    state: 'behind',
  },
  {
    name: 'a report from before the change says nothing about it',
    edge: { revision: 'old', reportedAtMs: now - 200_000 },
    knownForMs: 190_000,
    state: 'updating',
  },
  { name: 'a stale snapshot of the right revision: stale', edge: { stale: true }, state: 'stale' },
  {
    name: 'an edge with a problem says so first',
    edge: { problem: 'the value is malformed', stale: true },
    state: 'problem',
  },
  {
    name: 'a problem that the next refresh ends is not shown as one: the document was repaired after the report',
    edge: { problem: 'the value is malformed', revision: 'old' },
    knownForMs: 1_000,
    state: 'updating',
  },
  {
    name: 'a malformed document leaves edges at the last good revision: that alone is not behind',
    edge: { revision: 'old' },
    document: { state: 'malformed', revision: 'broken', issues: [issue] },
    knownForMs: 600_000,
    state: 'ok',
  },
  {
    name: 'a missing document: the same',
    edge: { revision: 'old' },
    document: { state: 'missing', revision: '' },
    knownForMs: 600_000,
    state: 'ok',
  },
  {
    name: 'an unresolved document is served, so an edge can be behind it',
    edge: { revision: 'old' },
    document: { state: 'unresolved' },
    knownForMs: 600_000,
    state: 'behind',
  },
];

describe('judgeEdge', () => {
  it.each(edgeRows)('$name', ({ edge, document, knownForMs, state }) => {
    const knownSinceMs = knownForMs === undefined ? undefined : now - knownForMs;
    expect(judgeEdge(row(edge), finding(document), { nowMs: now, refreshMs, knownSinceMs })).toBe(state);
  });
});

const counts = { calls: 10, storedCalls: 10, storedSpans: 20, lostCalls: 0, droppedRecords: 0 };

function input(over: Partial<StatusInput> = {}): StatusInput {
  return {
    nowMs: now,
    refreshMs,
    mesh: finding({ key: 'mesh', revision: 'm' }),
    documents: [finding()],
    declared: ['payment'],
    edges: [row()],
    knownSinceMs: {},
    counts,
    telemetryProblem: '',
    ...over,
  };
}

interface HealthRow {
  readonly name: string;
  readonly over: Partial<StatusInput>;
  readonly healthy: boolean;
}

const healthRows: readonly HealthRow[] = [
  { name: 'all as it should be', over: {}, healthy: true },
  {
    name: 'a malformed document needs a person, with no edge reporting at all',
    over: { edges: [], documents: [finding({ state: 'malformed', issues: [issue] })] },
    healthy: false,
  },
  {
    name: 'an unresolved document is a warning',
    over: { documents: [finding({ state: 'unresolved' })] },
    healthy: true,
  },
  {
    name: 'a mesh without a mesh document lives on the defaults',
    over: { mesh: finding({ key: 'mesh', state: 'missing', revision: '' }) },
    healthy: true,
  },
  {
    name: 'a malformed mesh document needs a person',
    over: { mesh: finding({ key: 'mesh', state: 'malformed' }) },
    healthy: false,
  },
  {
    name: 'a declared service without a document needs a person',
    over: { declared: ['payment', 'orders'] },
    healthy: false,
  },
  { name: 'an edge with a problem needs a person', over: { edges: [row({ problem: 'x' })] }, healthy: false },
  { name: 'an idle edge needs nobody', over: { edges: [row({ reportedAtMs: 0, problem: 'x' })] }, healthy: true },
  {
    name: 'telemetry that does not answer needs a person',
    over: { telemetryProblem: 'shard-3 does not answer' },
    healthy: false,
  },
];

describe('joinStatus', () => {
  it.each(healthRows)('health: $name', ({ over, healthy }) => {
    expect(joinStatus(input(over)).healthy).toBe(healthy);
  });

  it('shows a service of which only an edge, or only the derivation, knows as missing', () => {
    const status = joinStatus(input({ declared: ['orders'], edges: [row({ service: 'ghost' })] }));
    expect(status.services.map((one) => [one.service, one.document.state])).toEqual([
      ['ghost', 'missing'],
      ['orders', 'missing'],
      ['payment', 'ok'],
    ]);
  });

  it('leaves idle isolates out where another one is awake, and counts them', () => {
    const edges = [row({ isolate: 'gone', reportedAtMs: now - 10 * idleAfterMs }), row({ isolate: 'awake' })];
    const [payment] = joinStatus(input({ edges })).services;
    expect(payment?.edges.map((edge) => edge.isolate)).toEqual(['awake']);
    expect(payment?.idleEdges).toBe(1);
  });

  it('shows the newest of the idle isolates where none is awake', () => {
    const edges = [
      row({ isolate: 'older', reportedAtMs: now - 3 * idleAfterMs }),
      row({ isolate: 'newer', reportedAtMs: now - 2 * idleAfterMs }),
    ];
    const [payment] = joinStatus(input({ edges })).services;
    expect(payment?.edges.map((edge) => [edge.isolate, edge.state])).toEqual([['newer', 'idle']]);
  });
});
