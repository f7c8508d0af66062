/** What is wrong with documents, edges and telemetry, by what status says. */
import type { StatusView } from '../control/observe/status.ts';
import type { Issue } from '../model/findings/issue.ts';
import { ago, edgeTone } from './words.ts';

function IssueLine({ issue }: { issue: Issue }) {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  return (
    <li>
      <span class={`pill ${{ error: 'bad', warning: 'warn', info: 'quiet' }[issue.severity]}`}>{issue.code}</span>{' '}
      <code>{place}</code> {issue.path === '' ? null : <code class="path">{issue.path}</code>} {issue.message}
      {issue.expected === '' ? null : <span class="dim">; expected {issue.expected}</span>}
    </li>
  );
}

/** What needs a person; nothing where nothing does. */
export function Problems({ status }: { status: StatusView }) {
  const documents = [status.mesh, ...status.services.map((one) => one.document)];
  const issues = documents.flatMap((document) => document.issues);
  // A mesh without a document of its own lives on the defaults; a service without one has no answer.
  const missing = status.services.map((one) => one.document).filter((document) => document.state === 'missing');
  const edges = status.services.flatMap((one) =>
    one.edges
      .filter((edge) => edge.problem !== '' || edge.state === 'behind' || edge.state === 'stale')
      .map((edge) => ({ service: one.service, edge })),
  );
  const telemetry = status.telemetry.problem;
  if (issues.length + missing.length + edges.length === 0 && telemetry === '') return null;
  return (
    <section class="problems" aria-label="Problems">
      <h2>Needs a look</h2>
      <ul>
        {missing.map((document) => (
          <li>
            <span class="pill bad">missing</span> <code>{document.key}</code> is not in KV; edges keep what they had,
            new ones answer 503
          </li>
        ))}
        {issues.map((issue) => (
          <IssueLine issue={issue} />
        ))}
        {edges.map(({ service, edge }) => (
          <li>
            <span class={`pill ${edgeTone(edge.state)}`}>{edge.state}</span> the edge of <b>{service}</b> serves{' '}
            <code>{edge.revision || 'nothing'}</code>
            {edge.problem === '' ? null : `: ${edge.problem}`} <span class="dim">({ago(edge.ageMs)})</span>
          </li>
        ))}
        {telemetry === '' ? null : (
          <li>
            <span class="pill bad">telemetry</span> {telemetry}
          </li>
        )}
      </ul>
    </section>
  );
}
