import { describe, expect, it } from 'vitest';
import { pipeline, routeService } from '../../src/proxy/pipeline.ts';
import { stack } from '../../src/proxy/service.ts';
import { fakeDeps, fetchCall, route, rpcCall, snapshot } from '../support/calls.ts';

const names = Object.values(pipeline).flatMap((filters: object) => Object.keys(filters));
const before = (outer: string, inner: string) => names.indexOf(outer) < names.indexOf(inner) && names.includes(outer);

describe('the order of the list', () => {
  it('is this, outermost first', () => {
    expect(names).toEqual([
      'trace',
      'record',
      'rescue',
      'admit',
      'snapshot',
      'client-address',
      'normalise',
      'identify',
      'match',
      'cors',
      'consult',
      'authorise',
      'no-route',
      'deadline',
      'fault',
      'respond',
      'rewrite',
      'url-rewrite',
      'mirror',
      'retry',
      'pick',
      'backend-rewrite',
      'backend-url-rewrite',
      'backend-respond',
      'backend-mirror',
      'span',
      'time-out',
      'sign',
    ]); // prettier-ignore
  });
  const laws: readonly [string, string, string][] = [
    ['record sees what rescue answered', 'record', 'rescue'],
    ['a path is canonical before a route is matched', 'normalise', 'match'],
    ['a path is canonical before access is judged', 'normalise', 'authorise'],
    ['the 404 comes after authorisation, so that routes cannot be enumerated', 'authorise', 'no-route'],
    ['the request timeout covers all attempts', 'deadline', 'retry'],
    ['each attempt picks anew', 'retry', 'pick'],
    ['each attempt has a span', 'retry', 'span'],
    ['an attempt that timed out is a span that says so', 'span', 'time-out'],
    ['the request is cloned once, with all header changes known', 'backend-rewrite', 'sign'],
  ];
  it.each(laws)('%s', (_law, outer, inner) => {
    expect(before(outer, inner)).toBe(true);
  });
  it('has call filters outermost and attempt filters innermost', () => {
    expect(Object.keys(pipeline)).toEqual(['call', 'route', 'attempt']);
  });
});

describe('stack', () => {
  it('calls filters outermost first, and a filter may call next twice', async () => {
    const seen: string[] = [];
    const service = stack(
      [
        async (call, next) => {
          seen.push('outer');
          await next(call);
          return next(call);
        },
        (call, next) => {
          seen.push('inner');
          return next(call);
        },
      ],
      async () => {
        seen.push('leaf');
        return new Response();
      },
    );
    await service(fetchCall());
    expect(seen).toEqual(['outer', 'inner', 'leaf', 'inner', 'leaf']);
  });
});

describe('a route service', () => {
  it('sends a call to the picked backend and records the attempt', async () => {
    const call = fetchCall();
    const reply = await routeService(fakeDeps(), snapshot(), route())(call);
    expect(reply).toBeInstanceOf(Response);
    expect(call.record.attempts).toEqual([
      {
        spanId: '0000000000000001',
        version: 'v1',
        endpoint: 'payment-v1',
        startMs: 1_000,
        durationMs: 0,
        status: 200,
        outcome: 'response',
      },
    ]);
  });
  it('refuses a call without a route, after authorisation', async () => {
    const denied = routeService(
      fakeDeps(),
      snapshot({ authorise: () => ({ allowed: false, rule: 'nobody', reason: 'no-allow-rule' }) }),
      undefined,
    );
    await expect(async () => denied(fetchCall())).rejects.toMatchObject({ error: { code: 'access_denied' } });
    const unmatched = routeService(fakeDeps(), snapshot(), undefined);
    await expect(async () => unmatched(fetchCall())).rejects.toMatchObject({ error: { code: 'no_route' } });
  });
  it('passes the error of an RPC method untouched', async () => {
    const own = Object.assign(new RangeError('no such card'), { code: 'card' });
    const base = fakeDeps();
    const deps = { ...base, transport: { ...base.transport, call: () => Promise.reject(own) } };
    const call = rpcCall();
    await expect(routeService(deps, snapshot(), route())(call)).rejects.toBe(own);
    expect(call.record.attempts[0]).toMatchObject({ status: 500, outcome: 'response' });
  });
});
