/** More names than these are counted. */
const mostNames = 8;

/** Names as people read them: a few, and how many more there are. */
export function someNames(all: readonly string[]): string {
  const more = all.length - mostNames;
  return more > 0 ? `${all.slice(0, mostNames).join(', ')} and ${more} more` : all.join(', ');
}
