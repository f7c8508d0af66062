/** What stands in the place of a header that nobody can change. Not for edges. */
import type { HeaderFault } from '../../core/wire.ts';

const remedies: Readonly<Record<HeaderFault, string>> = {
  framing: 'a header that is not about the connection (RFC 9110 section 7.6.1)',
  own: "a header that is not the mesh's own",
  host: 'a filter of type URLRewrite with this host as hostname',
};

/** What a header change may name instead. */
export function headerRemedy(fault: HeaderFault): string {
  return remedies[fault];
}
