/** What dry-run rules would have made of the calls that came, for people. */
import type { DryRunLine, DryRunView } from '../../control/observe/dry-run.ts';
import { columns, paint, span } from '../output.ts';

/** More lines than these are counted. */
const mostLines = 20;

/** A head for each service, and below it what would change; nothing where dry-run rules saw no call. */
export function dryRunLines(services: readonly DryRunView[], nowMs: number): string[] {
  return services.flatMap((one) => {
    const { service, calls, wouldRefuse, wouldLetIn, sinceMs, lines } = one;
    const refused = paint(wouldRefuse > 0 ? 'yellow' : 'dim', `${wouldRefuse} would be refused`);
    const letIn = wouldLetIn > 0 ? paint('yellow', `, ${wouldLetIn} more let in`) : '';
    const head = `dry run of ${paint('bold', service)}: of ${calls} calls in ${span(nowMs - sinceMs)} ${refused}${letIn}`;
    const more = lines.length > mostLines ? [paint('dim', `  and ${lines.length - mostLines} more`)] : [];
    return ['', head, ...columns(lines.slice(0, mostLines).map(lineCells)), ...more];
  });
}

function lineCells({ rule, becomes, caller, route, kind, calls }: DryRunLine): string[] {
  const by = rule === '' ? 'no rule lets it in' : `by ${rule}`;
  return [
    `  ${calls}`,
    becomes,
    paint('dim', by),
    `from ${caller === '' ? 'nobody known' : caller}`,
    paint('dim', `${kind === 'rpc' ? 'rpc' : 'route'} ${route || 'none'}`),
  ];
}
