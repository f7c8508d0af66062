/** Who may call one service, as one short phrase for lists of services. */
import type { ServiceAccess } from './access-map.ts';

/** More names than these are counted. */
const mostNames = 6;

/** `only verified callers; some calls of orders`, `open to every caller`; `''` without a document. */
export function accessPhrase({ documented, mode, rules, cells, inherits, turnedOff }: ServiceAccess): string {
  if (!documented) return '';
  const named = (verdict: 'all' | 'some' | 'custom') =>
    cells.filter((cell) => cell.verdict === verdict).flatMap(({ callers }) => callers);
  const dryRuns = rules.filter(({ dryRun }) => dryRun === true).length;
  const open = cells.every(
    ({ verdict, reason }) => verdict === 'all' || reason === 'not-public' || reason === 'strict',
  );
  const parts = [
    ...(open
      ? [mode === 'strict' ? 'open to every verified caller' : 'open to every caller']
      : [
          mode === 'strict' ? 'only verified callers' : '',
          listed('all calls of', named('all')),
          listed('some calls of', named('some')),
          listed('what a provider allows of', named('custom')),
          cells.every(({ verdict }) => verdict === 'none') ? 'nobody' : '',
        ]),
    dryRuns === 0 ? '' : `${dryRuns} ${dryRuns === 1 ? 'rule' : 'rules'} in dry run`,
    inherits || turnedOff.length === 0 ? '' : "without the mesh's rules",
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function listed(head: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length - mostNames;
  return `${head} ${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
