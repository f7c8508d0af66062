import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isPreflight } from '../../../src/core/cors/preflight.ts';
import { type TokenPlace, tokensAt, withoutTokens } from '../../../src/core/tokens/token-place.ts';

const bearer: TokenPlace = { kind: 'header', name: 'authorization', prefix: 'bearer ' };
const bare: TokenPlace = { kind: 'header', name: 'x-token', prefix: '' };
const param: TokenPlace = { kind: 'param', name: 'access_token' };
const cookie: TokenPlace = { kind: 'cookie', name: 'session' };

const call = (headers: Record<string, string>, query = '') => ({
  header: (name: string) => headers[name] ?? null,
  query,
});

describe('tokens that a call shows', () => {
  it.each<[string, TokenPlace, Record<string, string>, string, readonly string[]]>([
    ['behind the scheme, in whatever case it is written', bearer, { authorization: 'bEaReR a.b.c' }, '', ['a.b.c']],
    ['spaces around the token do not count', bearer, { authorization: 'Bearer   a.b.c ' }, '', ['a.b.c']],
    ['a tab instead of the space', bearer, { authorization: 'Bearer\ta.b.c' }, '', ['a.b.c']],
    ['the scheme behind something else, as Envoy reads it', bearer, { authorization: 'x, bearer a.b' }, '', ['a.b']],
    [
      'two of them are one text, which no token is',
      bearer,
      { authorization: 'Bearer a, Bearer b' },
      '',
      ['a, Bearer b'],
    ],
    ['another scheme shows none', bearer, { authorization: 'Basic a.b.c' }, '', []],
    ['the scheme alone shows none', bearer, { authorization: 'Bearer ' }, '', []],
    ['no header shows none', bearer, {}, '', []],
    ['a header without prefix is the token', bare, { 'x-token': 'a.b.c' }, '', ['a.b.c']],
    ['a repeated header is one text, which no token is', bare, { 'x-token': 'a.b.c, d.e.f' }, '', ['a.b.c, d.e.f']],
    ['a parameter', param, {}, 'x=1&access_token=a.b.c', ['a.b.c']],
    ['a repeated parameter shows several', param, {}, 'access_token=a&x=1&access_token=b', ['a', 'b']],
    ['a parameter whose name is written with escapes', param, {}, '%61ccess%5Ftoken=a%2Eb', ['a.b']],
    ['a parameter behind a second question mark is another', param, {}, '?access%5Ftoken=a', []],
    ['a question mark of a name within is no sign', param, {}, 'x=%20&?access_token=a', []],
    ['an empty parameter shows none', param, {}, 'access_token=&access_token', []],
    ['another name that contains this one shows none', param, {}, 'my_access_token=a', []],
    ['a cookie', cookie, { cookie: 'a=b; session=a.b.c' }, '', ['a.b.c']],
    ['a repeated cookie shows several', cookie, { cookie: 'session=a;session=b' }, '', ['a', 'b']],
    ['a cookie behind a comma', cookie, { cookie: 'a=b, session=a.b.c' }, '', ['a.b.c']],
    ['a cookie in quotes, as Envoy reads it', cookie, { cookie: 'session="a.b.c" ;session=""' }, '', ['a.b.c']],
    ['a quote on one side is of the value', cookie, { cookie: 'session="a;session=b"' }, '', ['"a', 'b"']],
    ['a cookie of another name shows none', cookie, { cookie: 'sessions=a; Session=b' }, '', []],
  ])('%s', (_rule, place, headers, query, found) => {
    expect(tokensAt(place, call(headers, query))).toEqual(found);
  });

  it.each<[string, TokenPlace[], Record<string, string>, string, Record<string, string | null>, string]>([
    ['a header is gone as a whole', [bearer], { authorization: 'Bearer a' }, 'q=1', { authorization: null }, 'q=1'],
    ['of a parameter every occurrence', [param], {}, 'a=1&access_token=x&b=2&%61ccess_token=y', {}, 'a=1&b=2'],
    ['what is left of a query is as it was', [param], {}, 'a=%41+b&access_token=x&&c', {}, 'a=%41+b&&c'],
    ['the only parameter', [param], {}, 'access_token=x', {}, ''],
    [
      'a cookie, the others as they were',
      [cookie],
      { cookie: 'a="1"; session=x; b=2' },
      '',
      { cookie: 'a="1"; b=2' },
      '',
    ],
    [
      'a cookie behind a comma',
      [cookie],
      { cookie: 'a=1, session=x,c="2,3"; d; b=2' },
      '',
      { cookie: 'a=1,c="2,3"; d; b=2' },
      '',
    ],
    [
      'the only cookie takes the header with it',
      [cookie],
      { cookie: 'session=x; session=y' },
      '',
      { cookie: null },
      '',
    ],
    [
      'two cookies',
      [cookie, { kind: 'cookie', name: 'b' }],
      { cookie: 'a=1; session=x; b=2' },
      '',
      { cookie: 'a=1' },
      '',
    ],
  ])('without them: %s', (_rule, places, headers, query, changed, left) => {
    const without = withoutTokens(places, call(headers, query));
    expect([Object.fromEntries(without.headers), without.query]).toEqual([changed, left]);
  });

  it('law: without a token nothing is found at its place, whatever is sent', () => {
    const piece = fc.constantFrom(
      'access_token',
      'session',
      '=',
      '&',
      ';',
      ',',
      ' ',
      '%61',
      '+',
      'x',
      '%',
      '\t',
      'a.b.c',
      '"',
      '?',
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, (cookies, query) => {
        const sent = call({ cookie: cookies }, query);
        const without = withoutTokens([cookie, param], sent);
        const left = call({ cookie: without.headers.get('cookie') ?? '' }, without.query);
        expect([...tokensAt(cookie, left), ...tokensAt(param, left)]).toEqual([]);
        // As the callee's URL has it: a second question mark is of the first name.
        expect(new URLSearchParams(`?${without.query}`).has('access_token')).toBe(false);
      }),
    );
  });
});

describe('thousands of others beside a token cost no object each (CWE-407)', () => {
  it('names with escapes', () => {
    const others = '%61=1&'.repeat(10_000);
    let times = 0;
    vi.stubGlobal(
      'URLSearchParams',
      class extends URLSearchParams {
        constructor(query: string) {
          super(query);
          times += 1;
        }
      },
    );
    const sent = call({}, `${others}access%5Ftoken=x`);
    const found = [tokensAt(param, sent), withoutTokens([param], sent).query];
    vi.unstubAllGlobals();
    expect(found).toEqual([['x'], others.slice(0, -1)]);
    expect(times).toBe(2);
  });

  it('cookies', () => {
    const sent = call({ cookie: `session=x${';'.repeat(60_000)}` });
    const split = vi.spyOn(String.prototype, 'split');
    const join = vi.spyOn(Array.prototype, 'join');
    const found = [tokensAt(cookie, sent), withoutTokens([cookie], sent).headers.get('cookie')];
    const times = split.mock.calls.length + join.mock.calls.length;
    split.mockRestore();
    join.mockRestore();
    expect(found).toEqual([['x'], ';'.repeat(59_999)]);
    expect(times).toBeLessThan(6);
  });
});

describe('a preflight', () => {
  const asking = { origin: 'https://a.test', 'access-control-request-method': 'POST' };
  it.each<[string, 'fetch' | 'rpc', string, Record<string, string>, boolean]>([
    ['asks for an origin and a method', 'fetch', 'OPTIONS', asking, true],
    ['is no other method', 'fetch', 'POST', asking, false],
    ['names its origin', 'fetch', 'OPTIONS', { 'access-control-request-method': 'POST' }, false],
    ['names the method that it is for', 'fetch', 'OPTIONS', { origin: 'https://a.test' }, false],
    ['is no RPC method that happens to have the name', 'rpc', 'OPTIONS', asking, false],
  ])('%s', (_rule, kind, method, headers, expected) => {
    expect(isPreflight({ kind, method, header: call(headers).header })).toBe(expected);
  });
});
