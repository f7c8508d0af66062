/** One route: HTTPRoute's rule, with `version` where the Gateway API has a reference. */
import * as v from 'valibot';
import { closed, list, text, whole, word } from './closed.ts';
import {
  duration,
  givenName,
  headerName,
  headerValue,
  hostPattern,
  httpMethod,
  percent,
  rpcPattern,
  size,
} from './fields.ts';

const matchText = v.pipe(
  v.string('text; write numbers in quotes'),
  v.maxLength(4096, 'text of at most 4096 characters'),
);

const valueMatch = (what: string) =>
  closed({
    type: v.optional(word(['Exact', 'RegularExpression'])),
    name: what === 'header' ? headerName : v.pipe(v.string('text'), v.minLength(1, 'text that is not empty')),
    value: matchText,
  });

const pathMatch = closed({
  type: v.optional(word(['Exact', 'PathPrefix', 'RegularExpression'])),
  value: matchText,
});

/** All conditions of a match must hold. */
export const match = closed({
  path: v.optional(pathMatch),
  method: v.optional(httpMethod),
  headers: v.optional(list(valueMatch('header'), 16)),
  queryParams: v.optional(list(valueMatch('query parameter'), 16)),
  rpc: v.optional(rpcPattern),
});

const headerPair = closed({
  name: headerName,
  value: headerValue,
});

const headerChange = closed({
  set: v.optional(list(headerPair, 16)),
  add: v.optional(list(headerPair, 16)),
  remove: v.optional(list(headerName, 16)),
});

const filter = closed(
  {
    type: word(['RequestHeaderModifier', 'ResponseHeaderModifier']),
    requestHeaderModifier: v.optional(headerChange),
    responseHeaderModifier: v.optional(headerChange),
  },
  ({ type, requestHeaderModifier, responseHeaderModifier }) => {
    if (
      type === 'RequestHeaderModifier' &&
      (requestHeaderModifier === undefined || responseHeaderModifier !== undefined)
    ) {
      return 'requestHeaderModifier and nothing else beside this type';
    }
    if (
      type === 'ResponseHeaderModifier' &&
      (responseHeaderModifier === undefined || requestHeaderModifier !== undefined)
    ) {
      return 'responseHeaderModifier and nothing else beside this type';
    }
    return undefined;
  },
);

const filters = list(filter, 2);

const backend = closed({
  version: givenName,
  weight: v.optional(whole(0, 1_000_000)),
  filters: v.optional(filters),
});

export const timeouts = closed({
  request: v.optional(duration),
  backendRequest: v.optional(duration),
});

const statusCode = whole(400, 599);

export const retry = closed({
  attempts: whole(0, 10),
  codes: v.optional(list(statusCode, 200)),
  backoff: v.optional(duration),
  budget: v.optional(
    closed({
      percent: v.optional(percent),
      burst: v.optional(whole(0, 1000)),
    }),
  ),
  methods: v.optional(
    list(text(/^[A-Za-z_$][A-Za-z0-9_$.-]{0,127}$/, 'an HTTP method or the name of an RPC method'), 64),
  ),
  bodyLimit: v.optional(size),
});

export const route = closed({
  name: givenName,
  hostnames: v.optional(list(hostPattern, 16, 1)),
  matches: v.optional(list(match, 64)),
  filters: v.optional(filters),
  backends: list(backend, 16),
  timeouts: v.optional(timeouts),
  retry: v.optional(retry),
});
