/** `selvedge identity audit`: what identity issued, refused and changed, and for whom. */
import { defineCommand } from 'citty';
import { parseDuration } from '../../core/duration.ts';
import type { AuditEntry } from '../../identity/audit-entry.ts';
import { usageFailure } from '../failure.ts';
import { connectOperator, identityArgs } from '../identity/find-identity.ts';
import { paint, print, printJson, table } from '../output.ts';

export const auditCommand = defineCommand({
  meta: { name: 'audit', description: 'List what was issued, refused and changed, the youngest first' },
  args: {
    since: { type: 'string', description: 'How far back, such as 2h', valueHint: 'duration' },
    spiffe: { type: 'string', description: 'Only what is about this SPIFFE id', valueHint: 'id' },
    limit: { type: 'string', description: 'How many entries: 100 unless said, 1000 at most', valueHint: 'number' },
    before: { type: 'string', description: 'The page after this entry, by its number', valueHint: 'number' },
    ...identityArgs,
  },
  async run({ args }) {
    const query = new URLSearchParams();
    if (args.since !== undefined) {
      const ms = parseDuration(args.since);
      if (ms === undefined) throw usageFailure(`--since is a duration such as 2h, not "${args.since}"`);
      query.set('since', String(Date.now() - ms));
    }
    if (args.spiffe !== undefined) query.set('spiffeId', args.spiffe);
    if (args.limit !== undefined) query.set('limit', args.limit);
    if (args.before !== undefined) query.set('before', args.before);
    const { entries } = await (await connectOperator(args)).get<{ entries: AuditEntry[] }>(`/v1/audit?${query}`);
    if (args.json) return printJson({ entries });
    if (entries.length === 0) return print('There is no entry.');
    print(table(['NUMBER', 'WHEN', 'WHAT', 'WHOM', 'BY', ''], entries.map(rowOf)));
  },
});

function rowOf({ id, atMs, action, outcome, spiffeId, subject, actor, detail }: AuditEntry): string[] {
  const what = outcome === 'done' ? action : paint('red', `${action} refused`);
  const when = new Date(atMs).toISOString().replace('T', ' ').slice(0, 19);
  return [String(id), when, what, spiffeId ?? subject ?? '', actor, detail];
}
