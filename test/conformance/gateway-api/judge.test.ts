import { describe, expect, test } from 'vitest';
import type { Answer } from '../world/probe-client.ts';
import type { Expectation, Probe } from './case-file.ts';
import { judge, mirrorFindings, mirrorShareFindings, shareFindings, webSocketFindings } from './judge.ts';

const request: Probe['request'] = {
  method: 'GET',
  path: '/a?b=1',
  host: 'example.com',
  headers: { Version: 'one' },
  protocol: 'http',
  scheme: 'http',
  gateway: 'infra/one',
  port: 80,
};

const echoed: Answer = {
  status: 200,
  headers: { 'content-type': ['application/json'], 'x-set': ['a', 'b'] },
  echo: {
    path: '/a?b=1',
    host: 'example.com',
    method: 'GET',
    proto: 'HTTP/1.1',
    headers: { version: ['one'], twice: ['a', 'b'], joined: ['a, b'], backend: ['v1'] },
    namespace: 'infra',
    pod: 'v1-0',
    service: 'infra-backend',
    version: 'v1',
  },
  body: '',
  latencyMs: 1,
};

const fromV1: Expectation = { status: 200, backend: 'v1', backendNamespace: 'infra' };

const byProxy = (status: number, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers,
  echo: undefined,
  body: '',
  latencyMs: 1,
});

const redirected = (location: string): Answer => byProxy(302, { location: [location] });

describe('the comparator of a gateway', () => {
  const rows: { name: string; expect: Expectation; answer: Answer; strict: boolean; official?: boolean }[] = [
    { name: 'the original request that arrives unchanged passes', expect: fromV1, answer: echoed, strict: true },
    {
      name: 'another backend fails',
      expect: { ...fromV1, backend: 'v2' },
      answer: echoed,
      strict: false,
    },
    { name: 'another namespace fails', expect: { ...fromV1, backendNamespace: 'web' }, answer: echoed, strict: false },
    { name: 'another status fails', expect: { status: 404 }, answer: echoed, strict: false },
    {
      name: 'a status that the suite takes as equal passes by its comparator only',
      expect: { status: 504, officialAlsoAccepts: [408, 504] },
      answer: byProxy(408),
      strict: false,
      official: true,
    },
    {
      name: 'a request header that was lost fails',
      expect: fromV1,
      answer: { ...echoed, echo: { ...(echoed.echo as NonNullable<Answer['echo']>), headers: {} } },
      strict: false,
    },
    {
      name: 'two lines are joined by a comma alone',
      expect: { ...fromV1, backendRequest: { headers: { Twice: 'a,b' } } },
      answer: echoed,
      strict: true,
    },
    {
      name: 'one line with a comma and a space is another value',
      expect: { ...fromV1, backendRequest: { headers: { Joined: 'a,b' } } },
      answer: echoed,
      strict: false,
    },
    {
      name: 'the path is compared with its query',
      expect: { ...fromV1, backendRequest: { path: '/a' } },
      answer: echoed,
      strict: false,
    },
    {
      name: 'a header that should be absent fails',
      expect: { ...fromV1, backendRequest: { absentHeaders: ['Version'] } },
      answer: echoed,
      strict: false,
    },
    {
      name: 'a header that names the backend which answered passes',
      expect: { ...fromV1, backendRequest: { headerEqualsBackendName: 'Backend' } },
      answer: echoed,
      strict: true,
    },
    {
      name: 'a response header of two lines',
      expect: { ...fromV1, responseHeaders: { 'X-Set': 'a,b' }, absentResponseHeaders: ['X-Other'] },
      answer: echoed,
      strict: true,
    },
    {
      name: 'a response header that should be absent fails',
      expect: { ...fromV1, absentResponseHeaders: ['X-Set'] },
      answer: echoed,
      strict: false,
    },
    {
      name: 'an answer of the proxy itself must not be an echo',
      expect: { status: 200, answeredByProxy: true },
      answer: echoed,
      strict: false,
    },
    {
      name: 'a Location without a path keeps the path of the request',
      expect: { redirect: { status: 302, host: 'other.com', port: '' }, status: 302 },
      answer: redirected('http://other.com/a?b=1'),
      strict: true,
    },
    {
      name: "a port of the scheme's own is as good as none",
      expect: { redirect: { status: 302, scheme: 'https', port: '' }, status: 302 },
      answer: redirected('https://example.com:443/a'),
      strict: true,
    },
    {
      name: 'another port in Location fails',
      expect: { redirect: { status: 302, port: '8080' }, status: 302 },
      answer: redirected('http://example.com/a'),
      strict: false,
    },
    {
      name: 'another path in Location fails',
      expect: { redirect: { status: 302, path: '/b' }, status: 302 },
      answer: redirected('/a'),
      strict: false,
    },
  ];
  test.each(rows)('$name', ({ expect: expectation, answer, strict, official }) => {
    const verdict = judge({ name: '', request, expect: expectation }, answer, '');
    expect(verdict.strict.length === 0).toBe(strict);
    expect(verdict.official.length === 0).toBe(official ?? strict);
  });

  test('the mesh comparator of the suite does not look at the path; ours does', () => {
    const expectation = { ...fromV1, backendRequest: { path: '/other' } };
    const verdict = judge({ name: '', request: { ...request, gateway: undefined }, expect: expectation }, echoed, '');
    expect(verdict.official).toEqual([]);
    expect(verdict.strict).toEqual(['backend saw path /a?b=1, expected /other']);
  });
});

describe('the judges of many requests', () => {
  const answers = (counts: Readonly<Record<string, number>>): Answer[] =>
    Object.entries(counts).flatMap(([pod, count]) =>
      Array.from({ length: count }, () => ({
        ...echoed,
        echo: { ...(echoed.echo as NonNullable<Answer['echo']>), pod: `${pod}-0` },
      })),
    );
  const split: Probe = {
    name: '',
    request,
    expect: { status: 200 },
    distribution: { requests: 10, concurrency: 1, weights: { v1: 0.7, v2: 0.3, v3: 0 }, maxTries: 1 },
  };
  const shares: { name: string; counts: Record<string, number>; passes: boolean }[] = [
    { name: 'shares as they should be pass', counts: { v1: 7, v2: 3 }, passes: true },
    { name: 'a share beyond the tolerance fails', counts: { v1: 8, v2: 2 }, passes: false },
    { name: 'a backend without weight that answers fails', counts: { v1: 70, v2: 29, v3: 1 }, passes: false },
    { name: 'a backend with weight that never answers fails', counts: { v1: 10 }, passes: false },
    { name: 'an answer of another backend fails', counts: { v1: 7, v2: 3, v4: 1 }, passes: false },
  ];
  test.each(shares)('$name', ({ counts, passes }) => {
    expect(shareFindings(split, answers(counts)).length === 0).toBe(passes);
  });

  const arrivals = (workload: string, count: number) =>
    Array.from({ length: count }, () => ({ workload, service: '', path: '/a?b=1' }));

  test('a mirror that has seen no copy of this path is a finding', () => {
    const probe: Probe = { name: '', request, expect: { mirroredTo: ['v2', 'v3'] } };
    expect(mirrorFindings(probe, '/a?b=1', [...arrivals('v2', 1), ...arrivals('v3', 1)])).toEqual([]);
    expect(mirrorFindings(probe, '/a?b=1', arrivals('v2', 1))).toEqual(['v3 has seen no copy']);
    expect(mirrorFindings(probe, '/other', arrivals('v2', 1))).toHaveLength(2);
  });

  test('copies are counted between the bounds of the case, and every request must be answered', () => {
    const probe: Probe = {
      ...split,
      distribution: {
        requests: 10,
        concurrency: 1,
        mirrorPercent: { v2: 20 },
        minMirrored: 1,
        maxMirrored: 3,
        maxTries: 1,
      },
    };
    expect(mirrorShareFindings(probe, answers({ v1: 10 }), arrivals('v2', 2))).toEqual([]);
    expect(mirrorShareFindings(probe, answers({ v1: 10 }), arrivals('v2', 4))).toHaveLength(1);
    expect(mirrorShareFindings(probe, answers({ v1: 10 }), arrivals('v1', 2))).toHaveLength(1);
    expect(mirrorShareFindings(probe, [...answers({ v1: 9 }), byProxy(503)], arrivals('v2', 2))).toHaveLength(1);
  });

  test('a frame that comes back otherwise, or not, is a finding', () => {
    const probe: Probe = {
      name: '',
      request,
      expect: {
        status: 101,
        websocketEcho: [
          { sendText: 'a', receiveText: 'a' },
          { sendBinary: [1], receiveBinary: [1] },
        ],
      },
    };
    expect(webSocketFindings(probe, byProxy(101), ['a', Uint8Array.of(1)])).toEqual([]);
    expect(webSocketFindings(probe, byProxy(101), ['a'])).toHaveLength(1);
    expect(webSocketFindings(probe, byProxy(101), ['a', 'b'])).toHaveLength(1);
    expect(webSocketFindings(probe, byProxy(200), ['a', Uint8Array.of(1)])).toHaveLength(1);
  });
});
