/** What dry-run rules would have made of the calls that came. */
import type { DryRunView } from '../control/observe/dry-run.ts';
import { ago, count } from './words.ts';

export interface DryRunsProps {
  readonly services: readonly DryRunView[];
  /** Why some counts are missing; `''` where none is. */
  readonly problem: string;
  readonly nowMs: number;
}

export function DryRuns({ services, problem, nowMs }: DryRunsProps) {
  if (services.length === 0 && problem === '') return null;
  return (
    <section aria-label="Dry runs">
      <h2>Dry runs so far</h2>
      {problem === '' ? null : <p class="warn-text">{problem}</p>}
      {services.map((one) => (
        <DryRun view={one} nowMs={nowMs} />
      ))}
    </section>
  );
}

function DryRun({ view, nowMs }: { view: DryRunView; nowMs: number }) {
  const { service, calls, wouldRefuse, wouldLetIn, sinceMs, lines } = view;
  return (
    <div>
      <p>
        <a href={`/access?service=${encodeURIComponent(service)}`}>{service}</a>: of <b>{count(calls)}</b> calls since{' '}
        {ago(nowMs - sinceMs)}{' '}
        <span class={wouldRefuse > 0 ? 'warn-text' : 'dim'}>
          <b>{count(wouldRefuse)}</b> would be refused
        </span>
        {wouldLetIn === 0 ? null : (
          <span class="warn-text">
            , <b>{count(wouldLetIn)}</b> more let in
          </span>
        )}
      </p>
      {lines.length === 0 ? null : (
        <div class="scroll">
          <table class="rules">
            <thead>
              <tr>
                <th class="number">calls</th>
                <th>would be</th>
                <th>by rule</th>
                <th>caller</th>
                <th>route</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr>
                  <td class="number">{count(line.calls)}</td>
                  <td>
                    <span class="pill warn">{line.becomes}</span>
                  </td>
                  <td>{line.rule === '' ? <span class="dim">no rule lets it in</span> : <b>{line.rule}</b>}</td>
                  <td>{line.caller === '' ? <span class="dim">nobody known</span> : line.caller}</td>
                  <td>
                    {line.kind === 'rpc' ? <span class="dim">rpc </span> : null}
                    {line.route || <span class="dim">none</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
