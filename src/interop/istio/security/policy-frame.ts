/** What stands around every policy of Istio's security API. */
import { isLoss } from '../../import-issue.ts';
import type { Manifest } from '../../manifests/manifest.ts';

/** Names what is not known of a policy, beside its own fields. */
export function readFrame({ root, spec }: Manifest, fields: readonly string[]): void {
  root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.only(['selector', ...fields]);
  const said = ['selector', 'targetRef', 'targetRefs'].filter((field) => spec.get(field).present);
  if (said.length > 1) spec.get(said[0] ?? '').wrong('one of selector, targetRef and targetRefs');
  const labels = spec.get('selector').only(['matchLabels']).get('matchLabels');
  // No workload has such a label, so that the policy would be about nobody, where its author means many.
  for (const [name, value] of Object.entries(labels.texts()))
    if (name === '' || `${name}${value}`.includes('*')) labels.wrong('names and values of labels, without *');
}

/**
 * Reads a policy that keeps callers out. One that is not understood is not taken for a part of it: whom it is about and what it would
 * refuse is not known then, and it stays an error whatever is asked for.
 */
export function readGuard<T>({ root }: Manifest, read: () => T | undefined): T | undefined {
  const { value, found } = root.report.during(read);
  const isUnderstood = value !== undefined && !found.some(isLoss);
  if (!isUnderstood && found.some(isLoss)) root.opens('the policy is not understood, and may keep callers out');
  return isUnderstood ? value : undefined;
}
