/** `selvedge identity audit`: what identity issued, refused and changed, and for whom. */
import { defineCommand } from 'citty';
import { parseDuration } from '../../../core/duration.ts';
import type { AuditEntry } from '../../../identity/operators/audit-entry.ts';
import { pageArgs } from '../../control/page-args.ts';
import { queryOf } from '../../control/url-query.ts';
import { usageFailure } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { paint, print, printJson, table } from '../../output.ts';

export const auditCommand = defineCommand({
  meta: { name: 'audit', description: 'List what was issued, refused and changed, the youngest first' },
  args: {
    since: { type: 'string', description: 'How far back, such as 2h', valueHint: 'duration' },
    spiffe: { type: 'string', description: 'Only what is about this SPIFFE id', valueHint: 'id' },
    ...pageArgs(100, 1000),
    ...identityArgs,
  },
  async run({ args }) {
    const { spiffe: spiffeId, before, limit } = args;
    const since = args.since === undefined ? undefined : String(Date.now() - sinceMs(args.since));
    const path = `/v1/audit${queryOf({ since, spiffeId, before, limit })}`;
    const { entries } = await (await connectOperator(args)).get<{ entries: AuditEntry[] }>(path);
    if (args.json) return printJson({ entries });
    if (entries.length === 0) return print('There is no entry.');
    print(table(['NUMBER', 'WHEN', 'WHAT', 'WHOM', 'BY', ''], entries.map(rowOf)));
  },
});

function sinceMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usageFailure(`--since is a duration such as 2h, not "${text}"`);
  return ms;
}

function rowOf({ id, atMs, action, outcome, spiffeId, subject, actor, detail }: AuditEntry): string[] {
  const what = outcome === 'done' ? action : paint('red', `${action} refused`);
  const when = new Date(atMs).toISOString().replace('T', ' ').slice(0, 19);
  return [String(id), when, what, spiffeId ?? subject ?? '', actor, detail];
}
