import { describe, expect, it } from 'vitest';
import { compileFilters } from '../../../src/model/compile/compile-filter.ts';
import type { FilterRules } from '../../../src/model/snapshot.ts';
import { target } from '../../support/calls.ts';

type DocumentFilters = NonNullable<Parameters<typeof compileFilters>[0]>;

const compiled = (...filters: DocumentFilters): FilterRules =>
  compileFilters(filters, ({ version, service }) => target(version ?? `service ${service}`));

describe('filters as the data path reads them', () => {
  const rows: readonly [rule: string, filter: DocumentFilters[number], expected: FilterRules][] = [
    [
      'header names are lower case, values as they are',
      {
        type: 'RequestHeaderModifier',
        requestHeaderModifier: { set: [{ name: 'X-A', value: 'V' }], remove: ['X-B'] },
      },
      { requestHeaders: { set: [['x-a', 'V']], add: [], remove: ['x-b'] } },
    ],
    [
      'a redirect is 302',
      { type: 'RequestRedirect', requestRedirect: { port: 'request' } },
      { redirect: { port: 'request', statusCode: 302 } },
    ],
    [
      'a path that is replaced by nothing has nothing',
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '' } } },
      { rewrite: { path: { type: 'ReplacePrefixMatch', value: '' } } },
    ],
    [
      'a regular expression has its substitution',
      {
        type: 'URLRewrite',
        urlRewrite: {
          path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern: '^/a', substitution: '/b' } },
        },
      },
      { rewrite: { path: { type: 'ReplaceRegexMatch', pattern: '^/a', substitution: '/b' } } },
    ],
    [
      'a direct response is text unless it says otherwise',
      { type: 'DirectResponse', directResponse: { status: 200, body: 'a' } },
      { directResponse: { status: 200, body: 'a', contentType: 'text/plain; charset=utf-8' } },
    ],
    [
      'faults are for every call where they have no percentage',
      {
        type: 'FaultInjection',
        faultInjection: { delay: { duration: '1s500ms', percent: 5 }, abort: { grpcStatus: 14 } },
      },
      {
        fault: {
          delay: { ms: 1500, share: 0.05 },
          abort: { grpcStatus: 14, share: 1 },
          requestHeaders: false,
        },
      },
    ],
    [
      'origins are told apart',
      {
        type: 'CORS',
        cors: { allowOrigins: ['*', 'https://*.a.example', 'https://b', { type: 'Exact', value: 'a*b' }] },
      },
      {
        cors: {
          allowOrigins: [
            { type: 'Wildcard', before: '', after: '' },
            { type: 'Wildcard', before: 'https://', after: '.a.example' },
            { type: 'Exact', value: 'https://b' },
            { type: 'Exact', value: 'a*b' },
          ],
          allowCredentials: false,
          allowMethods: [],
          allowHeaders: [],
          exposeHeaders: [],
        },
      },
    ],
  ];
  it.each(rows)('%s', (_rule, filter, expected) => {
    expect(compiled(filter)).toEqual(expected);
  });
  it('mirrors are as many as there are, each with its share', () => {
    const { mirrors } = compiled(
      { type: 'RequestMirror', requestMirror: { version: 'v1' } },
      { type: 'RequestMirror', requestMirror: { version: 'v2', percent: 12.5 } },
      { type: 'RequestMirror', requestMirror: { service: 'other', fraction: { numerator: 1, denominator: 1000 } } },
      { type: 'RequestMirror', requestMirror: { version: 'v3', fraction: { numerator: 25 } } },
      { type: 'RequestMirror', requestMirror: { version: 'v4', percent: 0 } },
    );
    expect(mirrors?.map((mirror) => [mirror.target.name, mirror.share])).toEqual([
      ['v1', 1],
      ['v2', 0.125],
      ['service other', 0.001],
      ['v3', 0.25],
      ['v4', 0],
    ]);
  });
});
