import { describe, expect, it } from 'vitest';
import { pathText } from '../../../src/model/findings/issue.ts';
import { validateDocument } from '../../../src/model/validate.ts';

/** What is wrong with a route of these filters, as `path: message (expected)`. */
function faultsOf(route: object): string[] {
  const routes = [{ name: 'r', ...route }];
  const result = validateDocument('service', { service: 'x', versions: { v1: { worker: 'one' } }, routes });
  if (result.ok) return [];
  return result.problems.map(({ path, message, expected }) => {
    const place = pathText(path).replace(/^routes\[0\]\.?/, '');
    return `${place}: ${message}${expected === '' ? '' : ` (${expected})`}`;
  });
}

const own = { backends: [{ version: 'v1' }] };
const path = (value: string) => ({ matches: [{ path: { value } }] });
const redirect = (requestRedirect: object) => ({ type: 'RequestRedirect', requestRedirect });
const rewrite = (urlRewrite: object) => ({ type: 'URLRewrite', urlRewrite });
const prefix = (replacePrefixMatch: string) => ({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch } });
const full = (replaceFullPath: string) => ({ path: { type: 'ReplaceFullPath', replaceFullPath } });
const regex = (pattern: string, substitution: string) => ({
  path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern, substitution } },
});
const direct = (directResponse: object) => ({ type: 'DirectResponse', directResponse });
const cors = (value: object) => ({ type: 'CORS', cors: value });
const headers = (change: object) => ({ type: 'RequestHeaderModifier', requestHeaderModifier: change });
const outgoing = (change: object) => ({ type: 'ResponseHeaderModifier', responseHeaderModifier: change });
const mirror = (requestMirror: object) => ({ type: 'RequestMirror', requestMirror });
const fault = { type: 'FaultInjection', faultInjection: { abort: { status: 503 } } };

describe('filters that hold', () => {
  const rows: readonly [rule: string, route: object][] = [
    ['a redirect without backends', { filters: [redirect({ statusCode: 303 })] }],
    ['a redirect to the port that was called', { filters: [redirect({ scheme: 'https', port: 'request' })] }],
    ['a redirect with a query of its own', { filters: [redirect(full('/n?a=b&c'))] }],
    [
      'a redirect of one backend beside others',
      { backends: [{ version: 'v1', filters: [redirect({})] }, ...own.backends] },
    ],
    ['a direct response without body', { filters: [direct({ status: 204 })] }],
    [
      'a prefix that is taken away',
      { ...path('/a'), ...own, filters: [rewrite(prefix('')), mirror({ version: 'v1' })] },
    ],
    [
      'a prefix of several matches',
      {
        matches: [{ path: { value: '/a' } }, { path: { value: '/b' } }, { method: 'GET' }],
        ...own,
        filters: [rewrite(prefix('/n/'))],
      },
    ],
    ['an expression with its groups', { ...own, filters: [rewrite(regex('^/a/([^/]*)/(.*)$', '/\\2/x%20y/\\1'))] }],
    [
      'mirrors without number',
      {
        ...own,
        filters: [mirror({ version: 'v1' }), mirror({ version: 'v1', percent: 0.1 }), mirror({ service: 'other' })],
      },
    ],
    [
      'mirror, redirect, headers and address of a backend',
      {
        backends: [
          {
            version: 'v1',
            filters: [
              mirror({ version: 'v1' }),
              rewrite({ hostname: 'a:80' }),
              headers({ set: [{ name: 'x', value: '1' }] }),
            ],
          },
        ],
      },
    ],
    [
      'origins of all kinds',
      {
        ...own,
        filters: [
          cors({
            allowOrigins: [
              'https://a.example',
              'https://*.a.example:8443',
              'http://*',
              'null',
              { type: 'RegularExpression', value: 'https://.*' },
              { type: 'Exact', value: 'cors.com' },
            ],
          }),
        ],
      },
    ],
    [
      'one name to be removed, set and added to',
      {
        ...own,
        filters: [headers({ set: [{ name: 'x', value: '1' }], add: [{ name: 'X', value: '2' }], remove: ['x'] })],
      },
    ],
    ['cookies that are added', { ...own, filters: [outgoing({ add: [{ name: 'Set-Cookie', value: 'a=1' }] })] }],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, route) => {
    expect(faultsOf(route)).toEqual([]);
  });
});

describe('filters that do not', () => {
  const rows: readonly [rule: string, route: object, fault: string | RegExp][] = [
    [
      'one type twice',
      { ...own, filters: [fault, fault] },
      'filters[1].type: there is a filter of this type already (each type once; RequestMirror any number of times)',
    ],
    [
      'a redirect of a route with backends',
      { ...own, filters: [redirect({})] },
      /^filters\[0\]\.type: RequestRedirect answers every call of the route, so that its backends get none \(a route without backends, /,
    ],
    [
      'a redirect beside a rewrite',
      { filters: [rewrite({ hostname: 'a' }), redirect({})] },
      /^filters\[1\]\.type: RequestRedirect answers the call, so that URLRewrite beside it has no effect/,
    ],
    [
      'two answers of one backend',
      { backends: [{ version: 'v1', filters: [redirect({}), direct({ status: 200 })] }] },
      /^backends\[0\]\.filters\[0\]\.type: RequestRedirect answers/,
    ],
    [
      'CORS of a backend',
      { backends: [{ version: 'v1', filters: [cors({})] }] },
      /^backends\[0\]\.filters\[0\]\.type: a preflight is answered before a backend is picked \(CORS among the filters of the route\)/,
    ],
    [
      'a fault of a backend',
      { backends: [{ version: 'v1', filters: [fault] }] },
      /a fault is injected once for a call before a backend is picked/,
    ],
    [
      'a prefix where a match has none',
      { matches: [{ path: { type: 'Exact', value: '/a' } }], ...own, filters: [rewrite(prefix('/n'))] },
      /^filters\[0\]\.urlRewrite\.path\.type: a match of the route is by Exact path, so there is no prefix to replace/,
    ],
    [
      'a query sent to a backend',
      { ...own, filters: [rewrite(full('/n?a'))] },
      'filters[0].urlRewrite.path.replaceFullPath: a path has no query (the path alone; the query of the request stays)',
    ],
    [
      'a query in place of a prefix',
      { filters: [redirect(prefix('/n?a'))] },
      /replacePrefixMatch: a path has no query/,
    ],
    [
      'a path that climbs',
      { ...own, filters: [rewrite(full('/a/../b'))] },
      'filters[0].urlRewrite.path.replaceFullPath: the path is not canonical (/b)',
    ],
    [
      'a prefix with an empty segment',
      { ...own, filters: [rewrite(prefix('/a//'))] },
      /replacePrefixMatch: the path has an empty segment \(\/a\/\)/,
    ],
    [
      'an expression that is none',
      { ...own, filters: [rewrite(regex('(', '/'))] },
      /^filters\[0\]\.urlRewrite\.path\.replaceRegexMatch\.pattern: at character/,
    ],
    [
      'a group that the expression has not',
      { ...own, filters: [rewrite(regex('(a)', '/\\2'))] },
      /replaceRegexMatch\.substitution: \\2 names a group/,
    ],
    [
      'a substitution that no path holds',
      { ...own, filters: [rewrite(regex('a', '/a b'))] },
      /substitution: the substitution makes a path that is not canonical/,
    ],
    [
      'a substitution that climbs',
      { ...own, filters: [rewrite(regex('a', '/a/../'))] },
      /substitution: the substitution makes a path that is not canonical/,
    ],
    [
      'a substitution with a query',
      { ...own, filters: [rewrite(regex('a', '/a?b=1'))] },
      /substitution: the substitution makes a path that is not canonical/,
    ],
    [
      'a mirror to a version that is none',
      { ...own, filters: [mirror({ version: 'v11' })] },
      'filters[0].requestMirror.version: the document declares no version "v11" (v1 (one of v1))',
    ],
    [
      'a body where there is none',
      { filters: [direct({ status: 304, body: 'x' })] },
      'filters[0].directResponse.body: a response of status 304 has no body (no body, or another status)',
    ],
    [
      'a star beside others',
      { ...own, filters: [cors({ allowMethods: ['GET', '*'] })] },
      'filters[0].cors.allowMethods[1]: "*" is all there is ("*" alone, or a list without it)',
    ],
    [
      'a star within a name',
      { ...own, filters: [cors({ allowOrigins: ['https://a*.example'] })] },
      /^filters\[0\]\.cors\.allowOrigins\[0\]: a star stands for the first labels of a host/,
    ],
    [
      'two stars',
      { ...own, filters: [cors({ allowOrigins: ['https://*.*.example'] })] },
      /a star stands for the first labels/,
    ],
    [
      'an origin with a slash',
      { ...own, filters: [cors({ allowOrigins: ['https://a.example/'] })] },
      /an origin has no path and no slash at its end \(https:\/\/a\.example\)/,
    ],
    [
      'an origin that is no expression',
      { ...own, filters: [cors({ allowOrigins: [{ type: 'RegularExpression', value: '[' }] })] },
      /allowOrigins\[0\]\.value: at character/,
    ],
    [
      'a header twice in a list',
      { ...own, filters: [headers({ remove: ['a', 'A'] })] },
      'filters[0].requestHeaderModifier.remove[1]: the header "a" stands in this list twice (each header once)',
    ],
    [
      'the host as a header',
      { ...own, filters: [headers({ set: [{ name: 'Host', value: 'a' }] })] },
      'filters[0].requestHeaderModifier.set[0].name: no route can change "host" (a filter of type URLRewrite with this host as hostname)',
    ],
    [
      'headers of the connection',
      { ...own, filters: [headers({ add: [{ name: 'Transfer-Encoding', value: 'a' }] })] },
      /no route can change "transfer-encoding" \(a header that is not about the connection/,
    ],
    [
      'headers of the connection of an answer',
      { ...own, filters: [outgoing({ remove: ['content-length'] })] },
      /^filters\[0\]\.responseHeaderModifier\.remove\[0\]: no route can change "content-length"/,
    ],
    [
      'headers of the mesh',
      { ...own, filters: [headers({ remove: ['selvedge-context'] })] },
      /no route can change "selvedge-context"/,
    ],
    [
      'the context of the journey',
      { ...own, filters: [headers({ set: [{ name: 'traceparent', value: 'a' }] })] },
      /no route can change "traceparent"/,
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, route, fault) => {
    const faults = faultsOf(route);
    expect(faults).toHaveLength(1);
    if (typeof fault === 'string') expect(faults[0]).toBe(fault);
    else expect(faults[0]).toMatch(fault);
  });
});
