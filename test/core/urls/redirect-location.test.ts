import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTarget } from '../../../src/core/urls/canonical-path.ts';
import { type RedirectRule, redirectLocation } from '../../../src/core/urls/redirect-location.ts';

type Rule = Omit<RedirectRule, 'statusCode'>;

function located(rule: Rule, url: string, prefix = '/'): string | undefined {
  const target = canonicalTarget(url, 'base');
  if (!target.ok) throw new Error(target.detail);
  const { path, query } = target;
  return redirectLocation({ ...rule, statusCode: 302 }, 'base')({ url: target.url, path, query, prefix });
}

describe('a Location', () => {
  const rows: readonly [rule: string, Rule, url: string, expected: string | undefined][] = [
    ['is the request where the rule names nothing', {}, 'http://a.example/x?y=1', 'http://a.example/x?y=1'],
    ['has the host of the rule', { hostname: 'b.example' }, 'http://a.example/x', 'http://b.example/x'],
    ['keeps the port called', { hostname: 'b.example' }, 'http://a.example:8080/x', 'http://b.example:8080/x'],
    ['has the usual port of the scheme', { scheme: 'https' }, 'http://a.example:8080/x', 'https://a.example/x'],
    ['has the usual port of the same scheme too', { scheme: 'http' }, 'http://a.example:8080/x', 'http://a.example/x'],
    ['has the port of the rule', { port: 8083 }, 'http://a.example/x', 'http://a.example:8083/x'],
    ['leaves 80 of http out', { port: 80 }, 'http://a.example:8080/x', 'http://a.example/x'],
    ['leaves 443 of https out', { scheme: 'https', port: 443 }, 'http://a.example/x', 'https://a.example/x'],
    ['names 80 of https', { scheme: 'https', port: 80 }, 'http://a.example/x', 'https://a.example:80/x'],
    ['names 443 of http', { port: 443 }, 'http://a.example/x', 'http://a.example:443/x'],
    [
      'has the port called where the rule asks for it',
      { scheme: 'https', port: 'request' },
      'http://b/foo',
      'https://b:80/foo',
    ],
    ['leaves the port called out where it is usual', { port: 'request' }, 'https://b/foo', 'https://b/foo'],
    ['keeps the query as it was sent', { hostname: 'b' }, 'http://a/x?a=%2F&b=+%20&&c', 'http://b/x?a=%2F&b=+%20&&c'],
    ['keeps escapes of the path', { hostname: 'b' }, 'http://a/a%2Fb/%C3%BC', 'http://b/a%2Fb/%C3%BC'],
    ['has the canonical path', { hostname: 'b' }, 'http://a/a/%2e%2e/b', 'http://b/b'],
    [
      'has a full path with the query of the request',
      { path: { type: 'ReplaceFullPath', value: '/n' } },
      'http://a/x?q',
      'http://a/n?q',
    ],
    [
      'has the query of its full path',
      { path: { type: 'ReplaceFullPath', value: '/n?m=1' } },
      'http://a/x?q',
      'http://a/n?m=1',
    ],
    [
      'has the path of an expression',
      { path: { type: 'ReplaceRegexMatch', pattern: '^/u/(.*)', substitution: '/v/\\1' } },
      'http://a/u/7',
      'http://a/v/7',
    ],
    [
      'is none where the path comes to nothing',
      { path: { type: 'ReplaceRegexMatch', pattern: '^/u/', substitution: '' } },
      'http://a/u/7',
      undefined,
    ],
    ['may name an IPv6 host', { port: 81 }, 'http://[::1]:8080/', 'http://[::1]:81/'],
    [
      'escapes what a header cannot hold',
      { hostname: 'b' },
      'http://a/?q=\u00fc\u20ac\ud800 x',
      'http://b/?q=%C3%BC%E2%82%AC%EF%BF%BD%20x',
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, rule, url, expected) => {
    expect(located(rule, url)).toBe(expected);
  });
  it('replaces the prefix that the route was found by', () => {
    const path = { type: 'ReplacePrefixMatch', value: '/new' } as const;
    expect(located({ path }, 'http://a/old/x?q', '/old')).toBe('http://a/new/x?q');
  });

  it('is its own Location: whoever follows it is sent nowhere else', () => {
    const rule = fc.record(
      {
        scheme: fc.constantFrom('http' as const, 'https' as const),
        hostname: fc.constantFrom('b.example', 'c.example'),
        port: fc.oneof(fc.constantFrom(80, 443, 8080), fc.constant('request' as const)),
        path: fc.constant({ type: 'ReplaceFullPath' as const, value: '/n' }),
      },
      { requiredKeys: [] },
    );
    // Paths with a NUL character are refused before anything redirects them.
    const path = fc.webPath().filter((drawn) => !drawn.includes('%00'));
    const url = fc
      .tuple(
        fc.constantFrom('http', 'https'),
        fc.constantFrom('a', 'a:80', 'a:443', 'a:8080', '[::1]:80'),
        path,
        fc.webQueryParameters(),
      )
      .map(([scheme, host, drawn, query]) => `${scheme}://${host}${drawn || '/'}?${query}`);
    fc.assert(
      fc.property(rule, url, (of, from) => {
        const once = located(of, from) as string;
        expect(located(of, once)).toBe(once);
        expect(new URL(once).protocol).toBe(`${of.scheme ?? new URL(from).protocol.slice(0, -1)}:`);
      }),
    );
  });
});
