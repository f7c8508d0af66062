/** One match: HTTPRouteMatch, and what the Gateway API has no words for (cookies, claims, who calls, where from). */
import { principals } from './access.ts';
import { givenName, headerName, httpMethod, rpcPattern } from './fields.ts';
import { closed, type Demand, type Form, flag, length, list, notEmpty, optional, whole, word } from './form.ts';
import { areas } from './geo.ts';

export const matchText = length(4096);

const noValue = new Set<unknown>(['Present', 'Absent']);

/** What a value is compared with goes without saying where only its presence matters. */
export const comparison: Demand = { holds: ({ type, value }) => (value === undefined) === noValue.has(type) };

/** A named value: a header, query parameter, cookie or claim. */
const valueMatch = (name: Form<string>) =>
  closed(
    {
      type: optional(word(['Exact', 'Prefix', 'RegularExpression', 'Present', 'Absent'])),
      name,
      value: optional(matchText),
      invert: optional(flag),
    },
    comparison,
  );

export const filledText = length(4096, 1);

const pathMatch = closed({
  type: optional(word(['Exact', 'PathPrefix', 'RegularExpression'])),
  value: matchText,
});

const hostMatch = closed({
  type: optional(word(['Exact', 'Prefix', 'RegularExpression'])),
  value: filledText,
});

const from = closed(
  {
    principals: optional(principals),
    notPrincipals: optional(principals),
    versions: optional(list(givenName, 64, 1)),
  },
  notEmpty,
);

/** All conditions of a match must hold. */
export const match = closed({
  path: optional(pathMatch),
  method: optional(httpMethod),
  headers: optional(list(valueMatch(headerName), 16)),
  queryParams: optional(list(valueMatch(filledText), 16)),
  cookies: optional(list(valueMatch(filledText), 16)),
  claims: optional(list(valueMatch(filledText), 16)),
  host: optional(hostMatch),
  scheme: optional(word(['http', 'https'])),
  ports: optional(list(whole(1, 65_535), 16, 1)),
  rpc: optional(rpcPattern),
  from: optional(from),
  geo: optional(areas),
});
