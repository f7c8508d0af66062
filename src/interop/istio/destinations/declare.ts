/** Destinations as versions of the document of their own service. */
import { type Draft, givenName } from '../../documents/draft.ts';
import { declareWhole, placeOf } from '../../documents/versions.ts';
import type { Located } from '../../manifests/located.ts';
import { type IstioInput, subsetWorker, tellUnknownSubset } from '../istio-input.ts';
import type { KnownHost } from './host.ts';
import { declareExternal } from './service-entry.ts';

/** Declares what a destination names; answers the version's name. */
export function declareVersion(
  draft: Draft,
  host: KnownHost,
  subset: string | undefined,
  port: number | undefined,
  where: Located,
  input: IstioInput,
): string {
  if (host.kind === 'external') return declareExternal(draft, host, subset, port, where, input);
  const { namespace, name } = host;
  const { context } = input;
  if (subset === undefined) return declareWhole(draft, namespace, name, context, where, input.partsOf(draft.service));
  const known = input.subsetsOf(draft.service).get(subset);
  if (known === undefined) tellUnknownSubset(where, subset, name);
  const workers = known?.workers ?? [subsetWorker(context, namespace, name, subset, subset)];
  return draft.version(givenName(subset), { ...placeOf(workers), ...known?.settings }, known?.origin ?? where);
}
