import { describe, expect, it } from 'vitest';
import { type CorsRule, compileCors, type OriginRule } from '../../../src/core/cors/cors.ts';

const rule: CorsRule = {
  allowOrigins: [{ type: 'Exact', value: 'https://a.example' }],
  allowCredentials: false,
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
};
const anyOrigin: OriginRule = { type: 'Wildcard', before: '', after: '' };
const stars = (pattern: string): OriginRule => {
  const [before = '', after = ''] = pattern.split('*');
  return { type: 'Wildcard', before, after };
};
const answered = (more: Partial<CorsRule>, origin: string | null = 'https://a.example', names: string[] = []) =>
  Object.fromEntries(compileCors({ ...rule, ...more }).answer(origin, () => names));
const preflight = (more: Partial<CorsRule>, headers: string | null = null, origin = 'https://a.example') =>
  Object.fromEntries(compileCors({ ...rule, ...more }).preflight(origin, 'PUT', headers));

describe('an origin', () => {
  const rows: readonly [rule: string, allowed: OriginRule, origin: string, yes: boolean][] = [
    ['is compared as a whole', { type: 'Exact', value: 'https://a.example' }, 'https://a.example', true],
    ['of another scheme is another', { type: 'Exact', value: 'https://a.example' }, 'http://a.example', false],
    ['of another port is another', { type: 'Exact', value: 'https://a.example' }, 'https://a.example:8443', false],
    ['that begins alike is another', { type: 'Exact', value: 'https://a.example' }, 'https://a.example.evil', false],
    ['may be listed with its usual port', { type: 'Exact', value: 'https://a.example:443' }, 'https://a.example', true],
    ['may come with its usual port', { type: 'Exact', value: 'http://a.example' }, 'http://a.example:80', true],
    [
      'has no usual port of the other scheme',
      { type: 'Exact', value: 'http://a.example' },
      'http://a.example:443',
      false,
    ],
    ['is compared without case', { type: 'Exact', value: 'https://A.example' }, 'https://a.EXAMPLE', true],
    ['may be no URL', { type: 'Exact', value: 'cors.com' }, 'cors.com', true],
    ['may be opaque', { type: 'Exact', value: 'null' }, 'null', true],
    ['is any for the star alone', anyOrigin, 'null', true],
    ['has a label in the place of a star', stars('https://*.a.example'), 'https://x.a.example', true],
    ['has many labels in the place of a star', stars('https://*.a.example'), 'https://x.y.z.a.example', true],
    ['has at least one', stars('https://*.a.example'), 'https://a.example', false],
    ['has no empty one', stars('https://*.a.example'), 'https://.a.example', false],
    ['has nothing but labels there', stars('https://*.a.example'), 'https://evil.example/x.a.example', false],
    ['has no port there', stars('https://*.a.example'), 'https://evil.example:1.a.example', false],
    ['has no user there', stars('https://*.a.example'), 'https://evil@x.a.example', false],
    ['does not go on after what follows the star', stars('https://*.a.example'), 'https://x.a.example.evil', false],
    ['has the port that follows the star', stars('https://*.a.example:8443'), 'https://x.a.example:8443', true],
    ['has no other', stars('https://*.a.example:8443'), 'https://x.a.example', false],
    ['may be of any host of a scheme', stars('https://*'), 'https://x.example', true],
    ['is then of that scheme', stars('https://*'), 'http://x.example', false],
    ['may begin with a prefix', { type: 'Prefix', value: 'https://a.' }, 'https://a.evil', true],
    [
      'is matched whole by an expression',
      { type: 'RegularExpression', value: 'https://(a|b)\\.example' },
      'https://b.example',
      true,
    ],
    [
      'is not matched in part',
      { type: 'RegularExpression', value: 'https://(a|b)\\.example' },
      'https://b.example.evil',
      false,
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, allowed, origin, yes) => {
    const allowOrigins = [allowed];
    expect('access-control-allow-origin' in answered({ allowOrigins }, origin)).toBe(yes);
    expect('access-control-allow-origin' in preflight({ allowOrigins }, null, origin)).toBe(yes);
  });
});

describe('an answer', () => {
  const credentialed = { allowCredentials: true };
  const rows: readonly [rule: string, Record<string, string>, Record<string, string>][] = [
    [
      'names the origin, and that it depends on it',
      answered({}),
      { 'access-control-allow-origin': 'https://a.example', vary: 'Origin' },
    ],
    ['to another origin says only what it depends on', answered({}, 'https://b.example'), { vary: 'Origin' }],
    ['to no origin too, so that caches keep them apart', answered({}, null), { vary: 'Origin' }],
    [
      'to any origin is the same for all',
      answered({ allowOrigins: [anyOrigin] }, 'https://b.example'),
      { 'access-control-allow-origin': '*', vary: 'Origin' },
    ],
    [
      'to any origin with credentials names it: the star would be refused',
      answered({ allowOrigins: [anyOrigin], ...credentialed }, 'https://b.example'),
      {
        'access-control-allow-origin': 'https://b.example',
        'access-control-allow-credentials': 'true',
        vary: 'Origin',
      },
    ],
    [
      'lists the headers that scripts may read, and no methods',
      answered({ exposeHeaders: ['x-a', 'X-B'], allowMethods: ['GET'], allowHeaders: ['x-c'], maxAge: 5 }),
      {
        'access-control-allow-origin': 'https://a.example',
        'access-control-expose-headers': 'x-a,X-B',
        vary: 'Origin',
      },
    ],
    [
      'exposes all by a star',
      answered({ exposeHeaders: ['*'] }, undefined, ['x-a', 'x-b']),
      { 'access-control-allow-origin': 'https://a.example', 'access-control-expose-headers': '*', vary: 'Origin' },
    ],
    [
      'exposes all with credentials by their names: the star would mean a header of that name',
      answered({ exposeHeaders: ['*'], ...credentialed }, undefined, ['x-a', 'x-b']),
      {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-a,x-b',
        vary: 'Origin',
      },
    ],
  ];
  it.each(rows)('%s', (_rule, headers, expected) => {
    expect(headers).toEqual(expected);
  });
});

describe('an answer to a preflight', () => {
  const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
  const origin = { 'access-control-allow-origin': 'https://a.example' };
  const rows: readonly [rule: string, Record<string, string>, Record<string, string>][] = [
    ['to another origin allows nothing', preflight({ allowMethods: ['*'] }, null, 'https://b.example'), { vary }],
    ['has no lists where the rule has none', preflight({}, 'x-a'), { ...origin, vary }],
    [
      'has the lists of the rule, whatever is asked for',
      preflight(
        { allowMethods: ['POST', 'GET'], allowHeaders: ['X-Foo-Bar', 'x-b'], exposeHeaders: ['x-c'], maxAge: 0 },
        'x-z',
      ),
      {
        ...origin,
        'access-control-allow-methods': 'POST,GET',
        'access-control-allow-headers': 'X-Foo-Bar,x-b',
        'access-control-expose-headers': 'x-c',
        'access-control-max-age': '0',
        vary,
      },
    ],
    [
      'answers stars by what is asked for',
      preflight({ allowMethods: ['*'], allowHeaders: ['*'] }, 'authorization, x-a'),
      {
        ...origin,
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'authorization, x-a',
        vary,
      },
    ],
    [
      'answers a star by nothing where nothing is asked for',
      preflight({ allowHeaders: ['*'], exposeHeaders: ['*'], allowCredentials: true }),
      { ...origin, 'access-control-allow-credentials': 'true', vary },
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, headers, expected) => {
    expect(headers).toEqual(expected);
  });
});
