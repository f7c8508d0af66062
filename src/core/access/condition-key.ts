/** What a condition of an access rule is about: Istio's keys, with those of this mesh. */

/** Keys without a name in brackets. */
export const plainConditionKeys = [
  'request.auth.principal',
  'request.auth.audiences',
  'request.auth.presenter',
  'source.ip',
  'source.principal',
  'source.service',
  'source.namespace',
  'source.serviceAccount',
  'source.trustDomain',
  'source.version',
  'remote.ip',
  'destination.port',
] as const;

export type ConditionKey =
  | { readonly kind: (typeof plainConditionKeys)[number] }
  /** `name` is lower case. */
  | { readonly kind: 'header'; readonly name: string }
  /** The names from the outermost inward. */
  | { readonly kind: 'claim'; readonly path: readonly string[] };

const headerKey = 'request.headers';
const claimKey = 'request.auth.claims';

/** Reads `request.headers[x-user]`, `request.auth.claims[a][b]`, `source.ip` ...; undefined where the text is no key. */
export function conditionKey(text: string): ConditionKey | undefined {
  const kind = plainConditionKeys.find((key) => key === text);
  if (kind !== undefined) return { kind };
  const bracket = text.indexOf('[');
  const path = bracket < 0 ? undefined : bracketNames(text.slice(bracket));
  if (path === undefined || path.includes('')) return undefined;
  const of = text.slice(0, bracket);
  if (of === claimKey) return { kind: 'claim', path };
  const [name] = path;
  return of === headerKey && path.length === 1 && name !== undefined
    ? { kind: 'header', name: name.toLowerCase() }
    : undefined;
}

/** `[a][b]` as `a`, `b`; undefined where the text does not begin and end with a bracket. Brackets inside are part of a name. */
export function bracketNames(text: string): readonly string[] | undefined {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).split('][') : undefined;
}

/** The port that a text names; undefined where it is none. */
export function conditionPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}
