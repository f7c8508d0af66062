import { describe, expect, test } from 'vitest';
import type { Answer } from '../world/probe-client.ts';
import type { IstioExpectation } from './istio-case.ts';
import { judgeIstio, type Observed } from './istio-judge.ts';

const echo: NonNullable<Answer['echo']> = {
  path: '/new?a=1',
  host: 'b',
  method: 'GET',
  proto: 'HTTP/1.1',
  headers: { 'x-custom': ['one'], 'x-forwarded-for': ['1.1.1.1, 2.2.2.2', '3.3.3.3'] },
  namespace: 'echo',
  pod: 'b-v1-0',
  service: 'b',
  version: 'v1',
};

const answer: Answer = {
  status: 200,
  headers: { location: ['https://b:80/foo'], 'access-control-allow-methods': ['POST, GET'], 'grpc-status': ['14'] },
  body: 'the page of b',
  echo,
  latencyMs: 500,
};

const from = (service: string, count: number): Answer[] =>
  Array.from({ length: count }, () => ({ ...answer, echo: { ...echo, service, pod: `${service}-0`, version: '' } }));
const seen = (service: string, count: number) =>
  Array.from({ length: count }, () => ({ workload: `${service}-v1`, service, path: '/' }));

/** For each field something that holds, and something that does not. */
const rows: { [F in keyof IstioExpectation]-?: { right: IstioExpectation; wrong: IstioExpectation; at?: Observed } } = {
  status: { right: { status: 200 }, wrong: { status: 404 } },
  grpcStatus: { right: { grpcStatus: 'Unavailable' }, wrong: { grpcStatus: 'Internal' } },
  service: { right: { service: 'b' }, wrong: { service: 'c' } },
  subset: { right: { subset: 'v1' }, wrong: { subset: 'v2' } },
  percent: {
    right: { subset: 'b', percent: 50 },
    wrong: { subset: 'b', percent: 100 },
    at: { answers: [...from('b', 5), ...from('c', 5)], arrivals: [] },
  },
  reachesUpstream: {
    right: { reachesUpstream: false },
    wrong: { reachesUpstream: true },
    at: { answers: [answer], arrivals: [] },
  },
  upstreamHeaders: {
    right: { upstreamHeaders: { 'X-Custom': 'one' } },
    wrong: { upstreamHeaders: { 'X-Custom': 'two' } },
  },
  upstreamHost: { right: { upstreamHost: 'b' }, wrong: { upstreamHost: 'other' } },
  upstreamPath: { right: { upstreamPath: '/new?a=1' }, wrong: { upstreamPath: '/new' } },
  upstreamProtocol: { right: { upstreamProtocol: 'HTTP/1.1' }, wrong: { upstreamProtocol: 'HTTP/2.0' } },
  responseHeaders: {
    right: {
      responseHeaders: { 'Access-Control-Allow-Methods': 'POST,GET', Location: 'https://b:80/foo', Absent: '' },
    },
    wrong: { responseHeaders: { Location: 'https://b/foo' } },
  },
  distribution: {
    right: { distribution: { b: 7, c: 3 } },
    wrong: { distribution: { b: 10 } },
    at: { answers: [...from('b', 7), ...from('c', 3)], arrivals: [] },
  },
  toleranceAbsolute: {
    right: { distribution: { b: 6, c: 4 }, toleranceAbsolute: 1 },
    wrong: { distribution: { b: 5, c: 5 }, toleranceAbsolute: 1 },
    at: { answers: [...from('b', 7), ...from('c', 3)], arrivals: [] },
  },
  distributionPercent: {
    right: { distributionPercent: { b: 70, c: 30 } },
    wrong: { distributionPercent: { b: 70 } },
    at: { answers: [...from('b', 7), ...from('c', 3)], arrivals: [] },
  },
  suggestedTolerancePercent: {
    right: { distributionPercent: { b: 60, c: 40 }, suggestedTolerancePercent: 10 },
    wrong: { distributionPercent: { b: 50, c: 50 }, suggestedTolerancePercent: 10 },
    at: { answers: [...from('b', 7), ...from('c', 3)], arrivals: [] },
  },
  received: {
    right: { received: { b: 2 } },
    wrong: { received: { b: 3 } },
    at: { answers: [], arrivals: seen('b', 2) },
  },
  mirrorPercent: {
    right: { mirrorPercent: { c: 50 } },
    wrong: { mirrorPercent: { c: 0 } },
    at: { answers: from('b', 4), arrivals: [...seen('b', 4), ...seen('c', 2)] },
  },
  tolerancePercent: {
    right: { mirrorPercent: { c: 40 }, tolerancePercent: 10 },
    wrong: { mirrorPercent: { c: 40 }, tolerancePercent: 5 },
    at: { answers: from('b', 4), arrivals: [...seen('b', 4), ...seen('c', 2)] },
  },
  uniqueBackends: {
    right: { uniqueBackends: 2 },
    wrong: { uniqueBackends: 1 },
    at: { answers: [...from('b', 2), ...from('c', 2)], arrivals: [] },
  },
  minUniqueBackends: { right: { minUniqueBackends: 1 }, wrong: { minUniqueBackends: 2 } },
  xffEntries: { right: { xffEntries: 3 }, wrong: { xffEntries: 4 } },
  xffIndex1: { right: { xffIndex1: '2.2.2.2' }, wrong: { xffIndex1: '1.1.1.1' } },
  minLatencyMs: { right: { minLatencyMs: 500 }, wrong: { minLatencyMs: 501 } },
  maxAddedLatencyMs: { right: { maxAddedLatencyMs: 500 }, wrong: { maxAddedLatencyMs: 499 } },
  approxLatencyMs: { right: { approxLatencyMs: 1_000 }, wrong: { approxLatencyMs: 2_000 } },
  bodyContains: { right: { bodyContains: 'page' }, wrong: { bodyContains: 'error' } },
  bodyContains2: { right: { bodyContains2: 'page' }, wrong: { bodyContains2: 'error' } },
};

describe("each field of Istio's expectations", () => {
  test.each(Object.entries(rows))('%s passes where it holds, and fails where it does not', (_, row) => {
    const observed = row.at ?? { answers: [answer], arrivals: seen('b', 1) };
    expect(judgeIstio(row.right, observed)).toEqual([]);
    expect(judgeIstio(row.wrong, observed)).not.toEqual([]);
  });

  test('a field that nobody judges is a finding', () => {
    const expectation = { colour: 'green' } as unknown as IstioExpectation;
    expect(judgeIstio(expectation, { answers: [answer], arrivals: [] })).toEqual([
      'the case expects colour, which nobody judges',
    ]);
  });

  test('of several answers each must hold', () => {
    const observed = { answers: [answer, { ...answer, status: 500 }], arrivals: [] };
    expect(judgeIstio({ status: 200 }, observed)).toEqual(['status: 500, expected 200']);
  });

  test('of several rounds the mean is judged', () => {
    const rounds = { answers: [...from('b', 16), ...from('c', 4)], arrivals: seen('b', 20), rounds: 2 };
    expect(judgeIstio({ distribution: { b: 7, c: 3 }, toleranceAbsolute: 1, received: { b: 10 } }, rounds)).toEqual([]);
    expect(judgeIstio({ distribution: { b: 7, c: 3 }, toleranceAbsolute: 0 }, rounds)).toHaveLength(2);
  });

  test('without an answer nothing holds', () => {
    expect(judgeIstio({ status: 200 }, { answers: [], arrivals: [] })).toEqual(['no answer']);
  });
});
