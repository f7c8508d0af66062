/** Commands that list a log by pages, the youngest entries first. */

/** The arguments of such a command; `usual` and `most` are the entries of a page. */
export function pageArgs(usual: number, most: number) {
  return {
    before: { type: 'string', description: 'Only entries older than this one', valueHint: 'number' },
    limit: { type: 'string', description: `At most so many entries, 1 to ${most} (${usual})`, valueHint: 'number' },
  } as const;
}
