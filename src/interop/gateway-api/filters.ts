/** HTTPRoute's filters. They have the same names and fields in a document, but for references. */
import { ownEntry } from '../../core/own-entry.ts';
import type { Filter } from '../documents/document-types.ts';
import type { Located } from '../manifests/located.ts';
import { madeFrom } from '../manifests/origin.ts';
import type { References } from './backend-refs.ts';

const filterFields = [
  'type',
  'requestHeaderModifier',
  'responseHeaderModifier',
  'requestRedirect',
  'urlRewrite',
  'requestMirror',
  'cors',
];

const refusedFields = {
  extensionRef: 'filters of other makers have no counterpart in the mesh',
  externalAuth: 'the mesh asks no other service whether a call may pass; use access rules',
};

type Convert = (field: Located, references: References) => Omit<Filter, 'type'> | undefined;

const converters: Readonly<Record<string, { readonly field: string; readonly convert: Convert }>> = {
  RequestHeaderModifier: {
    field: 'requestHeaderModifier',
    convert: (field) => ({ requestHeaderModifier: headerChange(field) }),
  },
  ResponseHeaderModifier: {
    field: 'responseHeaderModifier',
    convert: (field) => ({ responseHeaderModifier: headerChange(field) }),
  },
  RequestRedirect: { field: 'requestRedirect', convert: (field) => ({ requestRedirect: redirect(field) }) },
  URLRewrite: { field: 'urlRewrite', convert: (field) => ({ urlRewrite: rewrite(field) }) },
  RequestMirror: { field: 'requestMirror', convert: mirror },
  CORS: { field: 'cors', convert: (field) => ({ cors: cors(field) }) },
};

/** The filters of a rule or backend; `undefined` where one of them has no counterpart: a filter must not be skipped. */
export function convertFilters(list: Located, references: References): Filter[] | undefined {
  const filters: Filter[] = [];
  const { report } = list;
  const converted = report.whole(() => {
    for (const item of list.items()) {
      item.only(filterFields, refusedFields);
      const type = item.get('type');
      const name = type.text();
      const converter = name === undefined ? undefined : ownEntry(converters, name);
      if (name === 'ExtensionRef' || name === 'ExternalAuth') {
        // The field beside it says why; without the field the type does.
        const field = name === 'ExtensionRef' ? 'extensionRef' : 'externalAuth';
        if (!item.get(field).present) type.refuse(refusedFields[field]);
        continue;
      }
      if (converter === undefined) {
        type.wrong(`one of ${Object.keys(converters).join(', ')}`);
        continue;
      }
      const field = item.get(converter.field);
      if (!field.present) {
        field.wrong(`${converter.field} beside type ${name}`);
        continue;
      }
      if (name !== 'RequestMirror' && filters.some((filter) => filter.type === name)) {
        type.refuse('there is a filter of this type already', 'each type once');
        continue;
      }
      const body = converter.convert(field, references);
      if (body !== undefined) filters.push(madeFrom(item, { type: name as Filter['type'], ...body }));
    }
    return true;
  });
  return converted === undefined ? undefined : filters;
}

/** A header that is named twice in one list: only the first counts. */
function headerChange(field: Located): NonNullable<Filter['requestHeaderModifier']> {
  field.only(['set', 'add', 'remove']);
  const pairs = (list: Located): { name: string; value: string }[] => {
    const seen = new Set<string>();
    return list.items().flatMap((item) => {
      item.only(['name', 'value']);
      const name = item.get('name').text() ?? '';
      const value = item.get('value').text() ?? '';
      if (isRepeated(seen, name, item)) return [];
      return [{ name, value }];
    });
  };
  const seen = new Set<string>();
  const remove = field
    .get('remove')
    .items()
    .flatMap((item) => {
      const name = item.text() ?? '';
      return isRepeated(seen, name, item) ? [] : [name];
    });
  return {
    ...(field.get('set').present ? { set: pairs(field.get('set')) } : {}),
    ...(field.get('add').present ? { add: pairs(field.get('add')) } : {}),
    ...(field.get('remove').present ? { remove } : {}),
  };
}

function isRepeated(seen: Set<string>, name: string, item: Located): boolean {
  const again = seen.has(name.toLowerCase());
  if (again) item.pointless('this header stands in the list before; only the first entry counts');
  seen.add(name.toLowerCase());
  return again;
}

type PathModifier = NonNullable<NonNullable<Filter['urlRewrite']>['path']>;

function pathModifier(field: Located): PathModifier | undefined {
  field.only(['type', 'replaceFullPath', 'replacePrefixMatch']);
  const type = field.get('type').word(['ReplaceFullPath', 'ReplacePrefixMatch']);
  if (type === undefined) {
    if (!field.get('type').present) field.get('type').wrong('ReplaceFullPath or ReplacePrefixMatch');
    return undefined;
  }
  const name = type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  const value = field.get(name).text();
  if (value === undefined) field.get(name).wrong('a path');
  return value === undefined ? undefined : { type, [name]: value };
}

function redirect(field: Located): NonNullable<Filter['requestRedirect']> {
  field.only(['scheme', 'hostname', 'path', 'port', 'statusCode']);
  const scheme = field.get('scheme').word(['http', 'https']);
  const hostname = field.get('hostname').text();
  const port = field.get('port').number();
  const path = field.get('path').present ? pathModifier(field.get('path')) : undefined;
  const statusCode = field.get('statusCode').number() as 301 | 302 | 303 | 307 | 308 | undefined;
  return {
    ...(scheme === undefined ? {} : { scheme }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path }),
    ...(statusCode === undefined ? {} : { statusCode }),
  };
}

function rewrite(field: Located): NonNullable<Filter['urlRewrite']> {
  field.only(['hostname', 'path']);
  const hostname = field.get('hostname').text();
  const path = field.get('path').present ? pathModifier(field.get('path')) : undefined;
  return { ...(hostname === undefined ? {} : { hostname }), ...(path === undefined ? {} : { path }) };
}

function mirror(field: Located, references: References): Omit<Filter, 'type'> | undefined {
  field.only(['backendRef', 'percent', 'fraction']);
  const ref = field.get('backendRef').only(['group', 'kind', 'name', 'namespace', 'port']);
  const reference = references.resolve(ref, 'nothing is mirrored');
  // A mirror that leads nowhere is left out, and said: no call waits for it.
  if (!reference.valid) return undefined;
  const percent = field.get('percent').number();
  const fraction = field.get('fraction').only(['numerator', 'denominator']);
  const numerator = fraction.get('numerator').number();
  if (fraction.present && numerator === undefined) fraction.get('numerator').wrong('a number');
  const denominator = fraction.get('denominator').number();
  return {
    requestMirror: {
      ...reference.target,
      ...(percent === undefined ? {} : { percent }),
      ...(numerator === undefined
        ? {}
        : { fraction: { numerator, ...(denominator === undefined ? {} : { denominator }) } }),
    },
  };
}

/** The Gateway API's maxAge is 5 seconds where none is given. */
const defaultMaxAge = 5;

function cors(field: Located): NonNullable<Filter['cors']> {
  field.only(['allowOrigins', 'allowCredentials', 'allowMethods', 'allowHeaders', 'exposeHeaders', 'maxAge']);
  const names = (name: string): Record<string, string[]> => {
    const list = field.get(name);
    return list.present ? { [name]: list.items().flatMap((item) => item.text() ?? []) } : {};
  };
  const allowCredentials = field.get('allowCredentials').flag();
  return {
    ...names('allowOrigins'),
    ...(allowCredentials === undefined ? {} : { allowCredentials }),
    ...names('allowMethods'),
    ...names('allowHeaders'),
    ...names('exposeHeaders'),
    maxAge: field.get('maxAge').number() ?? defaultMaxAge,
  };
}
