/** The audit log: who changed what, and who was not let. */
import type { AuditEntry, AuditQuery, AuditPage as Entries, Outcome } from '../control/audit/entry.ts';
import type { Operator } from '../control/lock/operator.ts';
import { Frame } from './layout.tsx';
import { ago, type Tone } from './words.ts';

const tones: Readonly<Record<Outcome, Tone>> = { made: 'good', begun: 'warn', failed: 'bad', refused: 'bad' };

function Entry({ entry, nowMs }: { entry: AuditEntry; nowMs: number }) {
  const { outcome, code, times, before, after, words } = entry;
  return (
    <tr>
      <td class="dim nowrap" title={new Date(entry.atMs).toISOString()}>
        {ago(nowMs - entry.atMs)}
      </td>
      <td>
        {entry.principal === '' ? <span class="dim">nobody known</span> : <b>{entry.principal}</b>}{' '}
        <span class="dim">
          {entry.role} {entry.address === '' ? '' : `from ${entry.address}`}
        </span>
      </td>
      <td class="nowrap">
        {entry.action} <code>{entry.key}</code>
      </td>
      <td class="nowrap">
        <span class={`pill ${tones[outcome]}`}>{code === '' ? outcome : `${outcome}: ${code}`}</span>
        {times === 1 ? null : <span class="dim"> {times} times</span>}
      </td>
      <td class="nowrap">
        <code>{before === after ? '' : `${before || 'none'} → ${after || 'none'}`}</code>
      </td>
      <td>
        {words.map((line) => (
          <div>{line}</div>
        ))}
      </td>
    </tr>
  );
}

export interface AuditPageProps {
  readonly mesh: string;
  readonly operator: Operator;
  readonly page: Entries;
  readonly query: AuditQuery;
  readonly nowMs: number;
}

/** The same question, narrowed otherwise or further back. */
function address(query: Pick<AuditQuery, 'key' | 'outcome'>, before?: number): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, before }))
    if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? '/audit' : `/audit?${params}`;
}

export function AuditPage({ mesh, operator, page, query: { key, outcome }, nowMs }: AuditPageProps) {
  return (
    <Frame title="Selvedge: audit log" mesh={mesh} refreshSeconds={0} operator={operator}>
      <p class="back">
        <a href="/">← all traces</a>
      </p>
      <div class="section-head">
        <h1>Audit log</h1>
        <nav class="filter" aria-label="Which entries">
          {[undefined, 'made', 'refused', 'failed'].map((one) => (
            <a class={one === outcome ? 'on' : ''} href={address({ key, outcome: one as Outcome | undefined })}>
              {one ?? 'all'}
            </a>
          ))}
          {key === undefined ? null : (
            <a class="on" href={address({ outcome })} title="Show changes of all keys">
              of {key} ×
            </a>
          )}
        </nav>
      </div>
      {page.entries.length === 0 ? (
        <p class="empty">Nothing of that kind has been entered.</p>
      ) : (
        <div class="scroll">
          <table class="audit">
            <thead>
              <tr>
                <th>when</th>
                <th>who</th>
                <th>what</th>
                <th>outcome</th>
                <th>revision</th>
                <th>change</th>
              </tr>
            </thead>
            <tbody>
              {page.entries.map((entry) => (
                <Entry entry={entry} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {page.next === undefined ? null : (
        <p>
          <a href={address({ key, outcome }, page.next)}>older →</a>
        </p>
      )}
    </Frame>
  );
}
