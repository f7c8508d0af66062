/** One match: HTTPRouteMatch, and what the Gateway API has no words for (cookies, claims, who calls, where from). */
import { principals } from './access.ts';
import { givenName, headerName, httpMethod, rpcPattern } from './fields.ts';
import { closed, type Demand, type Form, flag, length, list, needed, notEmpty, whole, word } from './form.ts';
import { areas } from './geo.ts';

export const matchText = length(4096);

const noValue = new Set<unknown>(['Present', 'Absent']);

/** What a value is compared with goes without saying where only its presence matters. */
export const comparison: Demand = { holds: ({ type, value }) => (value === undefined) === noValue.has(type) };

/** A named value: a header, query parameter, cookie or claim. */
const valueMatch = (name: Form<string>) =>
  closed(
    {
      type: word(['Exact', 'Prefix', 'RegularExpression', 'Present', 'Absent']),
      name: needed(name),
      value: matchText,
      invert: flag,
    },
    comparison,
  );

export const filledText = length(4096, 1);

const pathMatch = closed({
  type: word(['Exact', 'PathPrefix', 'RegularExpression']),
  value: needed(matchText),
});

const hostMatch = closed({
  type: word(['Exact', 'Prefix', 'RegularExpression']),
  value: needed(filledText),
});

const from = closed(
  {
    principals,
    notPrincipals: principals,
    versions: list(givenName, 64, 1),
  },
  notEmpty,
);

/** All conditions of a match must hold. */
export const match = closed({
  path: pathMatch,
  method: httpMethod,
  headers: list(valueMatch(headerName), 16),
  queryParams: list(valueMatch(filledText), 16),
  cookies: list(valueMatch(filledText), 16),
  claims: list(valueMatch(filledText), 16),
  host: hostMatch,
  scheme: word(['http', 'https']),
  ports: list(whole(1, 65_535), 16, 1),
  rpc: rpcPattern,
  from,
  geo: areas,
});
