/** HTTPRouteMatch; the words are the same, but what is repeated or says nothing is left out. */
import type { Match, ValueMatch } from '../documents/document-types.ts';
import type { Located } from '../manifests/located.ts';
import { madeFrom } from '../manifests/origin.ts';

const valueTypes = ['Exact', 'RegularExpression'] as const;
const pathTypes = ['Exact', 'PathPrefix', 'RegularExpression'] as const;

/** One match, or `undefined` where a condition cannot be carried over: without it the match would hold for other calls too. */
export function convertMatch(item: Located): Match | undefined {
  const match = item.report.whole(() => {
    item.only(['path', 'headers', 'queryParams', 'method']);
    const path = pathOf(item.get('path'));
    const method = item.get('method').text();
    const headers = valuesOf(item.get('headers'), (name) => name.toLowerCase());
    const queryParams = valuesOf(item.get('queryParams'), (name) => name);
    return {
      ...(path === undefined ? {} : { path }),
      ...(method === undefined ? {} : { method }),
      ...(headers.length === 0 ? {} : { headers }),
      ...(queryParams.length === 0 ? {} : { queryParams }),
    };
  });
  return match === undefined ? undefined : madeFrom(item, match);
}

/** The prefix `/` holds for every path, so it needs no words. */
function pathOf(field: Located): Match['path'] {
  field.only(['type', 'value']);
  const type = field.get('type').word(pathTypes) ?? 'PathPrefix';
  const value = field.get('value').text() ?? '/';
  return type === 'PathPrefix' && value === '/' ? undefined : { type, value };
}

/** Of conditions about the same name only the first counts. */
function valuesOf(list: Located, fold: (name: string) => string): ValueMatch[] {
  const seen = new Set<string>();
  return list.items().flatMap((item) => {
    item.only(['type', 'name', 'value']);
    const type = item.get('type').word(valueTypes);
    const name = item.get('name').text();
    const value = item.get('value').text();
    if (name === undefined) item.get('name').wrong('a name');
    if (value === undefined) item.get('value').wrong('a value');
    if (name === undefined || value === undefined) return [];
    if (seen.has(fold(name))) {
      item.pointless('the match asks about this name before; only the first entry counts');
      return [];
    }
    seen.add(fold(name));
    return [{ ...(type === undefined || type === 'Exact' ? {} : { type }), name, value }];
  });
}
