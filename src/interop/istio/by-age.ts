/** Which of several objects of Istio comes first. */
import type { Manifest } from '../manifests/manifest.ts';

/** The older first, then by name: what two say about the same is decided in this order. */
export function byAge(one: Manifest, other: Manifest): number {
  const [its, others] = [one, other].map(
    ({ created, namespace, name }) => `${created === '' ? '~' : created} ${namespace}/${name}`,
  ) as [string, string];
  return its === others ? 0 : its < others ? -1 : 1;
}
