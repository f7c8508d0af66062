/** The journey's baggage where the mesh decides about headers that it carries. */
import { writeBaggage } from '../core/headers/baggage.ts';
import type { Call } from './call.ts';

/**
 * The baggage with each carried one of these names as the callee sees it. Without, what the caller said of them would go on beside the
 * request, and come to the next service as a header. `names` are lower case; null of `header` takes a name out.
 */
export function carriedAs({ baggage, mounted }: Call, names: readonly string[], header: Call['header']): string {
  const decided = mounted?.snapshot.mesh.carry.filter((name) => names.includes(name)) ?? [];
  if (decided.length === 0) return baggage;
  return writeBaggage(
    baggage,
    decided.map((name) => [name, header(name)]),
  );
}
