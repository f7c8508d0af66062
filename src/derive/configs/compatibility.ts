/** Compatibility dates and flags that the local workerd can run, for Workers that were written for a newer one. */

/** The newest date that the pinned workerd accepts. */
export const latestCompatibilityDate = '2026-05-03';

/** Flags that became defaults after `latestCompatibilityDate`: a Worker with a newer date counts on them. */
const defaultedSince: readonly { readonly date: string; readonly flag: string; readonly opposite: string }[] = [
  { date: '2026-08-04', flag: 'nodejs_compat', opposite: 'no_nodejs_compat' },
];

export interface Compatibility {
  readonly date: string;
  readonly flags: readonly string[];
  /** One sentence each, without the Worker's name. */
  readonly warnings: readonly string[];
}

/** A date of none is wrangler's fallback for `deploy`, which refuses it; locally the newest date is what `wrangler dev` takes. */
export function localCompatibility(
  date: string | undefined,
  flags: readonly string[],
  isKnownFlag: (flag: string) => boolean,
): Compatibility {
  const warnings: string[] = [];
  const wanted = date ?? latestCompatibilityDate;
  const kept = flags.filter((flag) => isKnownFlag(flag));
  const unknown = flags.filter((flag) => !isKnownFlag(flag));
  if (unknown.length > 0)
    warnings.push(`compatibility flags unknown to the local workerd are left out: ${unknown.join(', ')}`);
  if (wanted <= latestCompatibilityDate) return { date: wanted, flags: kept, warnings };
  const added = defaultedSince
    .filter((entry) => wanted >= entry.date && !kept.includes(entry.flag) && !flags.includes(entry.opposite))
    .map((entry) => entry.flag);
  const note = added.length > 0 ? `, with ${added.join(', ')}, which became the default in between` : '';
  warnings.unshift(
    `compatibility date ${wanted} is newer than the local workerd: it runs as of ${latestCompatibilityDate}${note}`,
  );
  return { date: latestCompatibilityDate, flags: [...kept, ...added], warnings };
}

/** The in-Worker runtime needs AsyncLocalStorage: `nodejs_als`, unless a broader flag already has it in force, by itself or by the date. */
export function withAsyncLocalStorage(flags: readonly string[], date?: string): readonly string[] {
  const broader = defaultedSince.find(({ flag }) => flag === 'nodejs_compat');
  const byDate =
    broader !== undefined && date !== undefined && date >= broader.date && !flags.includes(broader.opposite);
  return byDate || flags.includes('nodejs_als') || flags.includes('nodejs_compat') ? flags : [...flags, 'nodejs_als'];
}
