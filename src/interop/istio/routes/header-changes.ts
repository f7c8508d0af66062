/** Headers that Istio sets, adds and removes. */
import type { Filter } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';

type HeaderChange = NonNullable<Filter['requestHeaderModifier']>;

export interface HeaderChanges {
  readonly filters: Filter[];
  /** What `Host` or `:authority` is set to: the host that the backend sees. */
  readonly authority: string | undefined;
}

/** Converts a Headers object of a route or destination. */
export function convertHeaders(headers: Located): HeaderChanges {
  headers.only(['request', 'response']);
  const authority: { value?: string } = {};
  const request = convertOperations(headers.get('request'), authority);
  const response = convertOperations(headers.get('response'));
  const filters: Filter[] = [];
  if (request !== undefined) filters.push({ type: 'RequestHeaderModifier', requestHeaderModifier: request });
  if (response !== undefined) filters.push({ type: 'ResponseHeaderModifier', responseHeaderModifier: response });
  return { filters, authority: authority.value };
}

function convertOperations(operations: Located, authority?: { value?: string }): HeaderChange | undefined {
  operations.only(['set', 'add', 'remove']);
  const change: HeaderChange = {};
  for (const action of ['set', 'add'] as const) {
    const pairs = operations
      .get(action)
      .entries()
      .flatMap(([name, where]) => {
        const value = headerText(where);
        if (value === undefined) return [];
        if (authority !== undefined && /^(?::authority|host)$/i.test(name)) {
          authority.value = value;
          return [];
        }
        if (name.startsWith(':')) {
          where.refuse('a part of the request line is changed by a rewrite');
          return [];
        }
        return [{ name, value }];
      });
    if (pairs.length > 0) change[action] = pairs;
  }
  const remove = operations
    .get('remove')
    .items()
    .flatMap((item) => item.text() ?? []);
  if (remove.length > 0) change.remove = remove;
  return Object.keys(change).length === 0 ? undefined : change;
}

/** Envoy's variables (`%DOWNSTREAM_REMOTE_ADDRESS%`) have no counterpart; `%%` is a percent sign. */
function headerText(where: Located): string | undefined {
  const text = where.text();
  const variable = text === undefined ? null : /%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%/.exec(text.replaceAll('%%', ''));
  if (variable !== null) {
    where.refuse(`the mesh has no counterpart of the variable ${variable[0]}`);
    return undefined;
  }
  return text?.replaceAll('%%', '%');
}
