/** One route: HTTPRoute's rule, with `version` where the Gateway API has a reference. */
import * as v from 'valibot';
import { closed, field, list, required, text, whole, word } from './closed.ts';
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
    type: field(
      word(['Exact', 'RegularExpression']),
      'How the value is compared. Exact by default; RegularExpression is RE2 syntax for the whole value.',
    ),
    name: required(
      what === 'header' ? headerName : v.pipe(v.string('text'), v.minLength(1, 'text that is not empty')),
      `Name of the ${what}.`,
    ),
    value: required(matchText, `The value that the ${what} must have.`),
  });

const pathMatch = closed({
  type: field(
    word(['Exact', 'PathPrefix', 'RegularExpression']),
    'Exact, PathPrefix (by whole segments; the default) or RegularExpression (RE2 syntax, the whole path).',
  ),
  value: required(matchText, 'The canonical path, beginning with `/`, or the expression.'),
});

/** All conditions of a match must hold. */
export const match = closed({
  path: field(pathMatch, 'The path of a fetch. A match without it holds for every path, and for RPC calls.'),
  method: field(httpMethod, 'HTTP method of a fetch.'),
  headers: field(
    list(valueMatch('header'), 16),
    'Request headers and carried headers, names without regard to case. Repeated lines count as one, joined by a comma and a space.',
  ),
  queryParams: field(
    list(valueMatch('query parameter'), 16),
    'Query parameters of a fetch; of a repeated one the first value counts.',
  ),
  rpc: field(
    rpcPattern,
    'RPC method: `charge`, or `refund*` for all that begin so. The match then holds for RPC calls only.',
  ),
});

const headerPair = closed({
  name: required(headerName, 'Header name.'),
  value: required(headerValue, 'Header value.'),
});

const headerChange = closed({
  set: field(list(headerPair, 16), 'Headers that replace whatever was there.'),
  add: field(list(headerPair, 16), 'Headers that are added to what was there.'),
  remove: field(list(headerName, 16), 'Headers that are taken away.'),
});

const filter = closed(
  {
    type: required(word(['RequestHeaderModifier', 'ResponseHeaderModifier']), 'Which filter it is.'),
    requestHeaderModifier: field(
      headerChange,
      'Changes to the headers of the request, for type RequestHeaderModifier.',
    ),
    responseHeaderModifier: field(
      headerChange,
      'Changes to the headers of the response, for type ResponseHeaderModifier.',
    ),
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
  version: required(givenName, 'A version that this document declares.'),
  weight: field(
    whole(0, 1_000_000),
    'Share of the attempts, in proportion to the sum of all weights. 1 by default; 0 is none.',
  ),
  filters: field(filters, 'Header changes for this backend only.'),
});

export const timeouts = closed({
  request: field(
    duration,
    'Time for the whole call, retries included, until the headers of the response are there. `0s` is no limit.',
  ),
  backendRequest: field(duration, 'Time for one attempt. `0s` is no limit. Not more than `request`.'),
});

const statusCode = whole(400, 599);

export const retry = closed({
  attempts: required(whole(0, 10), 'Retries after the first try; 0 turns retries off.'),
  codes: field(
    list(statusCode, 200),
    'Response statuses that are retried. None by default: only connection errors and thrown exceptions are.',
  ),
  backoff: field(duration, 'Base of the full-jitter exponential back-off; 25ms by default.'),
  budget: field(
    closed({
      percent: field(percent, 'Retries may be this share of the calls; 20 by default.'),
      burst: field(whole(0, 1000), 'Retries that an isolate may do from a standing start; 3 by default.'),
    }),
    'Bound of retries over all calls of the route.',
  ),
  methods: field(
    list(text(/^[A-Za-z_$][A-Za-z0-9_$-]{0,127}$/, 'an HTTP method or the name of an RPC method'), 64),
    'Methods that may be retried beside the idempotent HTTP ones: `POST`, or names of RPC methods.',
  ),
  bodyLimit: field(
    size,
    'Largest request body that is kept for a retry, in bytes or as "64KiB" (the default); 1MiB at most.',
  ),
});

export const route = closed({
  name: required(givenName, 'Name of the route, in traces and metrics; unique in the document.'),
  hostnames: field(
    list(hostPattern, 16, 1),
    'Hosts of a fetch that the route is for: exact, or `*.example.com`. All by default.',
  ),
  matches: field(list(match, 64), 'The route is for calls of which one of these holds. All calls by default.'),
  filters: field(filters, 'Header changes for every backend of the route.'),
  backends: required(list(backend, 16), 'Versions that answer, by weight.'),
  timeouts: field(timeouts, 'Time limits; what is missing comes from the mesh document.'),
  retry: field(retry, 'When and how often an attempt is repeated; comes from the mesh document where it is missing.'),
});
