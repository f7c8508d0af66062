/** Tokens at other places than the usual one, and several of them: each that is shown must hold. */
import { rawToken } from '../../identity/tokens/make-token.ts';
import { byStranger, type Forge, noSignature, rfc, type TokenRow, withClaims } from './forge.ts';

type Show = NonNullable<TokenRow['show']>;

const byNone = ({ good, ec }: Forge) => rawToken({ alg: 'none', kid: ec.kid }, good);
/** One that holds and one by alg none, divided by a space. */
const bothWays =
  (goodFirst: boolean) =>
  async (forge: Forge): Promise<string> => {
    const pair = [await withClaims({})(forge), byNone(forge)];
    return (goodFirst ? pair : pair.reverse()).join(' ');
  };

const places: readonly (readonly [name: string, show: Show])[] = [
  ['a header of its own', (token) => ({ headers: [`X-Token: ${token}`] })],
  ['a parameter', (token) => ({ target: `/?token=${token}`, headers: [] })],
  ['a parameter whose name has escapes', (token) => ({ target: `/?t%6fken=${token}`, headers: [] })],
  ['a cookie', (token) => ({ headers: [`Cookie: a=b; token=${token}`] })],
  ['a cookie in quotes', (token) => ({ headers: [`Cookie: a=b; token="${token}"`] })],
  ['Authorization with a scheme in another case', (token) => ({ headers: [`authorization: bEARER ${token}`] })],
];

const several: readonly (readonly [name: string, show: Show])[] = [
  ['two parameters', (both) => ({ target: `/?token=${both.replace(' ', '&token=')}`, headers: [] })],
  ['two cookies', (both) => ({ headers: [`Cookie: token=${both.replace(' ', '; token=')}`] })],
  [
    'a header and a parameter',
    (both) => ({ target: `/?token=${both.split(' ')[1]}`, headers: [`X-Token: ${both.split(' ')[0]}`] }),
  ],
  [
    'Authorization and a cookie',
    (both) => ({ headers: [`Authorization: Bearer ${both.split(' ')[0]}`, `Cookie: token=${both.split(' ')[1]}`] }),
  ],
];

/** Something else before the token, which some readers pass over. */
const behind: readonly (readonly [name: string, show: Show])[] = [
  ['Authorization behind a tab', (token) => ({ headers: [`Authorization: Bearer\t${token}`] })],
  ['a second line of Authorization', (token) => ({ headers: ['Authorization: x', `Authorization: Bearer ${token}`] })],
  ['a second line of Cookie', (token) => ({ headers: ['Cookie: a=1', `Cookie: token=${token}`] })],
];

export const placeRows: readonly TokenRow[] = [
  ...behind.map(
    ([name, show]): TokenRow => ({
      name: `alg none in ${name}`,
      source: 'RFC 9110 section 5.3',
      show,
      token: byNone,
      reason: /algorithm "none"/,
    }),
  ),
  ...places.flatMap(([name, show]): readonly TokenRow[] => [
    {
      name: `a token that holds in ${name}`,
      source: 'RequestAuthentication',
      show,
      token: withClaims({}),
      reason: undefined,
    },
    { name: `alg none in ${name}`, source: rfc('3.1'), show, token: byNone, reason: /algorithm "none"/ },
    {
      name: `a token of a stranger in ${name}`,
      source: rfc('3.1'),
      show,
      token: byStranger(({ ec }) => ({ kid: ec.kid })),
      reason: noSignature,
    },
  ]),
  ...several.flatMap(([name, show]): readonly TokenRow[] => [
    {
      name: `${name}, the second by alg none`,
      source: rfc('3.1'),
      show,
      token: bothWays(true),
      reason: /algorithm "none"/,
    },
    {
      name: `${name}, the first by alg none`,
      source: rfc('3.1'),
      show,
      token: bothWays(false),
      reason: /algorithm "none"/,
    },
  ]),
  {
    name: 'two lines of a header of its own',
    source: 'RFC 9110 section 5.3',
    show: (both) => ({ headers: both.split(' ').map((token) => `X-Token: ${token}`) }),
    token: bothWays(true),
    reason: /not a JWT/,
  },
];
