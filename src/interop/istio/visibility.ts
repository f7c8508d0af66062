/** `exportTo`: in a mesh of Workers an object counts everywhere. */
import type { Located } from '../manifests/located.ts';

export function readVisibility(exportTo: Located): void {
  const narrow = exportTo.items().find((item) => item.text() !== '*');
  narrow?.refuse(
    'it would count for callers of every namespace; matches may name callers: sourceNamespace',
    '"*", or no exportTo',
  );
}
