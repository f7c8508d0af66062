/** `selvedge audit`: who changed what, and who was not let. */
import { defineCommand } from 'citty';
import type { AuditEntry, AuditPage } from '../../control/audit/entry.ts';
import { connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { pageArgs } from '../control/page-args.ts';
import { queryOf } from '../control/url-query.ts';
import { exitCode } from '../failure.ts';
import { paint, print, printJson, span, table } from '../output.ts';

export const auditCommand = defineCommand({
  meta: { name: 'audit', description: 'Who changed what, and who was not let' },
  args: {
    key: { type: 'string', description: 'Only changes of this key, as service/payment', valueHint: 'key' },
    outcome: { type: 'string', description: 'Only made, refused, failed or begun ones', valueHint: 'outcome' },
    ...pageArgs(50, 500),
    ...controlArgs,
  },
  async run({ args }) {
    const { key, outcome, before, limit } = args;
    const control = await connectControl(args);
    const page = await control.get<AuditPage>(`/api/audit${queryOf({ key, outcome, before, limit })}`);
    if (args.json) printJson(page);
    else printPage(page, Date.now());
    return exitCode.ok;
  },
});

const colours = { made: 'green', begun: 'yellow', failed: 'red', refused: 'red' } as const;

function row(entry: AuditEntry, nowMs: number): string[] {
  const { outcome, code, times, before, after } = entry;
  const end = code === '' ? outcome : `${outcome}: ${code}`;
  return [
    String(entry.id),
    `${span(Math.max(0, nowMs - entry.atMs))} ago`,
    paint('bold', entry.principal || '-'),
    entry.role,
    entry.address || '-',
    `${entry.action} ${entry.key}`.trim(),
    paint(colours[outcome], times === 1 ? end : `${end} (${times} times)`),
    before === after ? '' : `${before || 'none'} -> ${after || 'none'}`,
  ];
}

function printPage({ entries, next }: AuditPage, nowMs: number): void {
  if (entries.length === 0) {
    print('Nothing of that kind has been entered.');
    return;
  }
  const head = ['ENTRY', 'WHEN', 'WHO', 'ROLE', 'FROM', 'WHAT', 'OUTCOME', 'REVISION'];
  const rows = table(
    head,
    entries.map((entry) => row(entry, nowMs)),
  ).split('\n');
  print(rows[0] as string);
  entries.forEach(({ words }, index) => {
    print([rows[index + 1] as string, ...words.map((line) => paint('dim', `       ${line}`))].join('\n'));
  });
  if (next !== undefined) print(`\nOlder ones: selvedge audit --before ${next}`);
}
