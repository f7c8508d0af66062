/** VirtualServices that delegate: routes of one under the conditions of another. One level, as in Istio. */
import { importCode } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { Layers } from './layers.ts';

/** A route with the conditions under which it is taken; none is every call. */
export interface LayeredRoute {
  readonly layers: Layers;
  readonly matches: readonly Layers[];
  /** In which short names of its destinations are read: that of the object in which they stand. */
  readonly namespace: string;
  /** Object and place in it, for names. */
  readonly fallbackName: string;
}

/** The routes of a VirtualService, those that it delegates included. */
export function layeredRoutes(service: Manifest, delegates: readonly Manifest[]): LayeredRoute[] {
  const items = service.spec.get('http').items();
  return items.flatMap((item, index) => {
    const own = item
      .get('match')
      .items()
      .map((match): Layers => [match]);
    const name = items.length === 1 ? service.name : `${service.name}.${index}`;
    const delegate = item.get('delegate');
    if (!delegate.present) return [{ layers: [item], matches: own, namespace: service.namespace, fallbackName: name }];
    const target = findDelegate(delegate, service, delegates);
    return target === undefined ? [] : underRoot(item, own, target);
  });
}

function findDelegate(delegate: Located, root: Manifest, delegates: readonly Manifest[]): Manifest | undefined {
  delegate.only(['name', 'namespace']);
  const name = delegate.get('name').text();
  const namespace = delegate.get('namespace').text() || root.namespace;
  const found = delegates.find((one) => one.name === name && one.namespace === namespace);
  if (found === undefined)
    delegate.refuse(`the input has no VirtualService ${namespace}/${name} without hosts, to which this could delegate`);
  return found;
}

function underRoot(root: Located, rootMatches: readonly Layers[], delegate: Manifest): LayeredRoute[] {
  const items = delegate.spec.get('http').items();
  return items.flatMap((item, index): LayeredRoute[] => {
    if (item.get('delegate').present) {
      item.get('delegate').refuse('only a VirtualService with hosts delegates');
      return [];
    }
    const own = item
      .get('match')
      .items()
      .map((match): Layers => [match]);
    const matches = conjunction(rootMatches, own);
    if (matches === undefined) {
      item.tell(
        'warning',
        importCode.notAttached,
        'a condition of this route lies outside of all of those that delegate to it, so that it takes no call',
        '',
        false,
      );
      return [];
    }
    const fallbackName = items.length === 1 ? delegate.name : `${delegate.name}.${index}`;
    return [{ layers: [item, root], matches, namespace: delegate.namespace, fallbackName }];
  });
}

/** Each of the delegate's matches within each of the root's that it can lie in; `undefined` where one lies in none. */
function conjunction(roots: readonly Layers[], own: readonly Layers[]): readonly Layers[] | undefined {
  if (roots.length === 0) return own;
  if (own.length === 0) return roots;
  const found: Layers[] = [];
  for (const [match] of own) {
    const fitting = roots.filter(([root]) => !conflicts(root, match));
    if (fitting.length === 0) return undefined;
    for (const [root] of fitting) found.push([match, root]);
  }
  return found;
}

/** Whether a delegate's match asks for something else than the root's, or for more than it allows. */
function conflicts(root: Located, match: Located): boolean {
  const texts = ['uri', 'scheme', 'method', 'authority'].some((name) => textsConflict(root.get(name), match.get(name)));
  const maps = ['headers', 'withoutHeaders', 'queryParams'].some((name) =>
    root
      .get(name)
      .entries()
      .some(([key, value]) => textsConflict(value, match.get(name).get(key))),
  );
  const values = ['port', 'sourceNamespace'].some((name) => differ(root.get(name).value, match.get(name).value));
  const labels = root
    .get('sourceLabels')
    .entries()
    .some(([key, value]) => differ(value.value, match.get('sourceLabels').get(key).value));
  const gateways = root
    .get('gateways')
    .items()
    .map((item) => item.value);
  const others = match
    .get('gateways')
    .items()
    .some((item) => !gateways.includes(item.value));
  return texts || maps || values || labels || (gateways.length > 0 && others);
}

function differ(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && one !== null && other !== null && one !== other;
}

/** A condition lies in another where the other is a prefix of it, or the very same. */
function textsConflict(root: Located, leaf: Located): boolean {
  if (!root.present || !leaf.present) return false;
  const [exact, prefix] = [root.get('exact').value, root.get('prefix').value];
  const its = leaf.get('exact').value ?? leaf.get('prefix').value;
  if (typeof prefix === 'string') return typeof its !== 'string' || !its.startsWith(prefix);
  if (typeof exact === 'string') return leaf.get('exact').value !== exact;
  return root.get('regex').value !== leaf.get('regex').value;
}
