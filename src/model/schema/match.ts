/** One match: HTTPRouteMatch, and what the Gateway API has no words for (cookies, claims, who calls, where from). */
import * as v from 'valibot';
import { principals } from './access.ts';
import { closed, list, text, whole, word } from './closed.ts';
import { givenName, headerName, httpMethod, rpcPattern } from './fields.ts';

const matchText = v.pipe(
  v.string('text; write numbers in quotes'),
  v.maxLength(4096, 'text of at most 4096 characters'),
);

const noValue = new Set<unknown>(['Present', 'Absent']);

/** A named value: a header, query parameter, cookie or claim. */
const valueMatch = (name: v.GenericSchema<string, string>) =>
  closed(
    {
      type: v.optional(word(['Exact', 'Prefix', 'RegularExpression', 'Present', 'Absent'])),
      name,
      value: v.optional(matchText),
      invert: v.optional(v.boolean('true or false')),
    },
    ({ type, value }) => {
      if (noValue.has(type)) return value === undefined ? undefined : `no value beside type ${String(type)}`;
      return value === undefined ? 'a value, or type Present or Absent' : undefined;
    },
  );

const filledText = v.pipe(matchText, v.minLength(1, 'text that is not empty'));

const pathMatch = closed({
  type: v.optional(word(['Exact', 'PathPrefix', 'RegularExpression'])),
  value: matchText,
});

const hostMatch = closed({
  type: v.optional(word(['Exact', 'Prefix', 'RegularExpression'])),
  value: filledText,
});

const someOf = (names: string) => (value: Readonly<Record<string, unknown>>) =>
  Object.keys(value).length === 0 ? `at least one of ${names}` : undefined;

const from = closed(
  {
    principals: v.optional(principals),
    notPrincipals: v.optional(principals),
    versions: v.optional(list(givenName, 64, 1)),
  },
  someOf('principals, notPrincipals, versions'),
);

/** Two letters as `request.cf` has them: ISO 3166-1 alpha-2 for countries, beside XX (unknown) and T1 (Tor). */
const place = text(/^[A-Z][A-Z0-9]$/, 'two upper-case letters such as DE or EU');

const geo = closed(
  {
    continents: v.optional(list(place, 16, 1)),
    countries: v.optional(list(place, 256, 1)),
    colos: v.optional(list(text(/^[A-Z]{3}$/, 'a data centre of three letters such as TXL'), 512, 1)),
  },
  someOf('continents, countries, colos'),
);

/** All conditions of a match must hold. */
export const match = closed({
  path: v.optional(pathMatch),
  method: v.optional(httpMethod),
  headers: v.optional(list(valueMatch(headerName), 16)),
  queryParams: v.optional(list(valueMatch(filledText), 16)),
  cookies: v.optional(list(valueMatch(filledText), 16)),
  claims: v.optional(list(valueMatch(filledText), 16)),
  host: v.optional(hostMatch),
  scheme: v.optional(word(['http', 'https'])),
  ports: v.optional(list(whole(1, 65_535), 16, 1)),
  rpc: v.optional(rpcPattern),
  from: v.optional(from),
  geo: v.optional(geo),
});
