/** `selvedge status`: documents as they are in KV now, against what edges reported last. */
import { defineCommand } from 'citty';
import type { EdgeState, EdgeView, ServiceStatus, StatusView } from '../../control/observe/status.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { exitCode } from '../failure.ts';
import { paint, print, printJson, span, table } from '../output.ts';
import { issueLine } from '../print-issues.ts';

export const statusCommand = defineCommand({
  meta: { name: 'status', description: 'What the documents in KV say now, against what edges serve' },
  args: { ...controlArgs },
  async run({ args }) {
    const control = await connectControl(args);
    const status = await control.get<StatusView>('/api/status');
    if (args.json) printJson(status);
    else printStatus(status);
    return status.healthy ? exitCode.ok : exitCode.findings;
  },
});

const documentColour = { ok: 'green', unresolved: 'yellow', missing: 'red', malformed: 'red' } as const;
const edgeColour = {
  ok: 'green',
  updating: 'cyan',
  idle: 'dim',
  stale: 'yellow',
  behind: 'red',
  problem: 'red',
} as const;

function edgeCell(edge: EdgeView): string {
  const state: EdgeState = edge.state;
  const marks = [edge.source === 'kv' ? '' : edge.source, edge.stale && state !== 'stale' ? 'stale' : ''].filter(
    (mark) => mark !== '',
  );
  return paint(edgeColour[state], [state, ...marks].join(' '));
}

function serviceRows(one: ServiceStatus): string[][] {
  const head = [
    paint('bold', one.service),
    paint(documentColour[one.document.state], one.document.state),
    one.document.revision || '-',
  ];
  if (one.edges.length === 0) return [[...head, paint('dim', 'no report yet'), '', '', '']];
  return one.edges.map((edge, index) => [
    ...(index === 0 ? head : ['', '', '']),
    edgeCell(edge),
    edge.revision || '-',
    `${span(edge.ageMs)} ago`,
    edge.isolate.slice(0, 8),
  ]);
}

function printStatus(status: StatusView): void {
  const mesh = status.mesh;
  const meshState =
    mesh.state === 'missing'
      ? paint('dim', 'no document, defaults hold')
      : paint(documentColour[mesh.state], mesh.state);
  print(`mesh  ${meshState}${mesh.revision === '' ? '' : `  ${mesh.revision}`}\n`);
  if (status.services.length === 0) print('No services: no document in KV, and the derivation declared none.');
  else
    print(
      table(
        ['SERVICE', 'DOCUMENT', 'REVISION', 'EDGE', 'SERVES', 'REPORTED', 'ISOLATE'],
        status.services.flatMap(serviceRows),
      ),
    );

  const issues = [mesh, ...status.services.map((one) => one.document)].flatMap((document) => document.issues);
  if (issues.length > 0) print(`\n${issues.map(issueLine).join('\n')}`);
  for (const one of status.services) {
    for (const edge of one.edges) {
      if (edge.problem !== '')
        print(`\n${paint('bold', one.service)} edge ${edge.isolate.slice(0, 8)}: ${edge.problem}`);
    }
  }
  const { counts, problem } = status.telemetry;
  const lost = paint(counts.lostCalls > 0 ? 'yellow' : 'dim', `${counts.lostCalls} lost`);
  const dropped =
    counts.droppedRecords > 0 ? paint('yellow', `, ${counts.droppedRecords} traces dropped by edges`) : '';
  print(`\ncalls ${counts.calls}, traced ${counts.storedCalls}, ${lost}${dropped}`);
  if (problem !== '') print(paint('red', problem));
}
