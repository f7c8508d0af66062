/** The questions of `GET /api/audit`. */
import type { AuditQuery, Outcome } from './entry.ts';

const outcomes: readonly Outcome[] = ['begun', 'made', 'failed', 'refused'];
const defaultLimit = 50;
const mostEntries = 500;

/** Reads the query, or says in one sentence what is wrong with it. An empty parameter counts as absent. */
export function readAuditQuery(params: URLSearchParams): AuditQuery | string {
  const known = ['before', 'key', 'outcome', 'limit'];
  for (const name of params.keys())
    if (!known.includes(name)) return `there is no parameter "${name}"; there are ${known.join(', ')}`;
  const outcome = params.get('outcome') || undefined;
  if (outcome !== undefined && !outcomes.includes(outcome as Outcome))
    return `outcome must be one of ${outcomes.join(', ')}, got "${outcome}"`;
  const before = wholeNumber(params.get('before'));
  const limit = wholeNumber(params.get('limit')) ?? defaultLimit;
  if (Number.isNaN(before)) return 'before must be the number of an entry';
  if (!(limit >= 1 && limit <= mostEntries)) return `limit must be a whole number from 1 to ${mostEntries}`;
  return { before, key: params.get('key') || undefined, outcome: outcome as Outcome | undefined, limit };
}

/** NaN where the text is no whole number; `undefined` where there is none. */
function wholeNumber(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
