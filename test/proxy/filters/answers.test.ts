import { describe, expect, it } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { Route, Snapshot } from '../../../src/model/snapshot.ts';
import type { Call, Reply } from '../../../src/proxy/call.ts';
import { edgeService, pipeline, routeService } from '../../../src/proxy/pipeline.ts';
import {
  backend,
  type FakeDeps,
  fakeDeps,
  fetchCall,
  mounted,
  route,
  rpcCall,
  snapshot,
  target,
} from '../../support/calls.ts';

const none = { set: [], add: [], remove: [] };

/** A call through the stack of one route. */
async function run(of: Partial<Route>, call: Call = fetchCall(), deps = fakeDeps(), more: Partial<Snapshot> = {}) {
  const reply = await routeService(deps, snapshot(more), route(of))(call);
  return reply as Response;
}

function asked(path: string, init: RequestInit = {}, more: Partial<Call> = {}): Call {
  const url = `https://pay.example${path}`;
  const request = new Request(url, init);
  const [bare = '', query = ''] = path.split('?');
  const header = (name: string) => request.headers.get(name);
  return fetchCall({ request, url, path: bare, query, header, method: request.method, ...(more as object) });
}

/** What the backend was sent. */
function capturing(response: () => Response = () => new Response('ok')) {
  const sent: Request[] = [];
  const deps = fakeDeps();
  deps.transport.fetch = async (_endpoint, _upstream, request) => {
    sent.push(request);
    return response();
  };
  return { deps, sent };
}

async function failureOf(reply: Promise<Reply>): Promise<MeshFailure> {
  const error = await reply.then(
    () => undefined,
    (thrown: unknown) => thrown,
  ); // prettier-ignore
  if (!(error instanceof MeshFailure)) throw new Error('no failure of the mesh');
  return error;
}

it('a route has the filters that it needs, and no others', () => {
  const parts = { deps: fakeDeps(), snapshot: snapshot(), route: route() };
  const filters = Object.entries({ ...pipeline.route, ...pipeline.attempt });
  expect(filters.flatMap(([name, build]) => (build(parts) === undefined ? [] : [name]))).toEqual([
    'deadline',
    'pick',
    'span',
    'time-out',
    'sign',
  ]);
});

describe('a route that answers itself', () => {
  it('redirects without asking any backend', async () => {
    const { deps, sent } = capturing();
    const redirect = {
      hostname: 'b.example',
      path: { type: 'ReplacePrefixMatch', value: '/n' },
      statusCode: 301,
    } as const;
    const reply = await run({ redirect }, asked('/old/a%20b?x=1', {}, { matchedPrefix: '/old' }), deps);
    expect([reply.status, reply.headers.get('location'), reply.body]).toEqual([
      301,
      'https://b.example/n/a%20b?x=1',
      null,
    ]);
    expect(sent).toHaveLength(0);
  });
  it('responds with what the document says', async () => {
    const reply = await run({ directResponse: { status: 418, body: 'tea', contentType: 'text/plain; charset=utf-8' } });
    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([
      418,
      'text/plain; charset=utf-8',
      'tea',
    ]);
  });
  it('responds without body where there is none, or may be none', async () => {
    for (const [status, body] of [
      [200, ''],
      [204, ''],
      [304, 'x'],
    ] as const) {
      const reply = await run({ directResponse: { status, body, contentType: 'text/plain' } });
      expect([reply.status, reply.body, reply.headers.get('content-type')]).toEqual([status, null, null]);
    }
  });
  it('changes the headers of its answer as those of any other', async () => {
    const responseHeaders = { ...none, set: [['x-a', '1']] as const, remove: ['content-type'] };
    const reply = await run({ directResponse: { status: 200, body: 'a', contentType: 'text/plain' }, responseHeaders });
    expect([reply.headers.get('x-a'), reply.headers.get('content-type')]).toEqual(['1', null]);
  });
  it('has none for RPC', async () => {
    const failed = await failureOf(run({ directResponse: { status: 200, body: '', contentType: '' } }, rpcCall()));
    expect(failed.error).toEqual({ code: 'no_rpc_answer', route: 'default' });
  });
  it('is judged by access rules like any other', async () => {
    const authorise = () => ({ allowed: false, rule: 'nobody', reason: 'deny-rule' }) as const;
    const redirect = { statusCode: 302 } as const;
    expect((await failureOf(run({ redirect }, asked('/'), fakeDeps(), { authorise }))).error.code).toBe(
      'access_denied',
    );
  });
  it('refuses a path of which it can make none', async () => {
    const redirect = { statusCode: 302, path: { type: 'ReplaceRegexMatch', pattern: '^/', substitution: '' } } as const;
    expect((await failureOf(run({ redirect }, asked('/a')))).error).toEqual({
      code: 'bad_rewrite',
      route: 'default',
      path: '/a',
    });
  });
}); // prettier-ignore

describe('a backend that answers itself', () => {
  const redirecting = backend('v1', 1, { redirect: { hostname: 'b.example', statusCode: 302 } });
  it('does so when it is picked, and is no attempt', async () => {
    const { deps, sent } = capturing();
    const backends = [redirecting, backend('v2')];
    const draws = [0.1, 0.9];
    Object.assign(deps, { random: () => draws.shift() ?? 0 });
    const first = asked('/a?x');
    expect((await run({ backends }, first, deps)).headers.get('location')).toBe('https://b.example/a?x');
    expect(first.record.attempts).toEqual([]);
    expect((await run({ backends }, asked('/a'), deps)).status).toBe(200);
    expect(sent).toHaveLength(1);
  });
  it('has the header changes of backend and route', async () => {
    const change = (name: string) => ({ ...none, set: [[name, '1']] as const });
    const backends = [{ ...redirecting, responseHeaders: change('x-backend') }];
    const reply = await run({ backends, responseHeaders: change('x-route') });
    expect([reply.status, reply.headers.get('x-backend'), reply.headers.get('x-route')]).toEqual([302, '1', '1']);
  });
});

describe('the address of a backend', () => {
  const urlOf = async (of: Partial<Route>, call = asked('/a/b?x=%20', {}, { matchedPrefix: '/a' })) => {
    const { deps, sent } = capturing();
    await run(of, call, deps);
    return sent[0]?.url;
  };
  const prefix = (value: string) => ({ type: 'ReplacePrefixMatch', value }) as const;
  const rows: readonly [rule: string, Partial<Route>, expected: string][] = [
    ['is the one that was called', {}, 'https://pay.example/a/b?x=%20'],
    ['has the host of the route', { rewrite: { hostname: 'in.example' } }, 'https://in.example/a/b?x=%20'],
    ['has the path of the route', { rewrite: { path: prefix('/n') } }, 'https://pay.example/n/b?x=%20'],
    [
      'has the host of the backend',
      { backends: [backend('v1', 1, { rewrite: { hostname: 'b.example' } })] },
      'https://b.example/a/b?x=%20',
    ],
    [
      'has what the backend says before what the route says',
      { rewrite: { hostname: 'r', path: prefix('/r') }, backends: [backend('v1', 1, { rewrite: { hostname: 'b' } })] },
      'https://b/r/b?x=%20',
    ],
    [
      'has the backend’s prefix in place of the matched one, not of the route’s',
      { rewrite: { path: prefix('/r') }, backends: [backend('v1', 1, { rewrite: { path: prefix('/b') } })] },
      'https://pay.example/b/b?x=%20',
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', async (_rule, of, expected) => {
    expect(await urlOf(of)).toBe(expected);
  });
  it('goes with method, headers and body as they are', async () => {
    const { deps, sent } = capturing();
    const init = { method: 'POST', body: 'five', headers: { 'x-a': '1', authorization: 'Basic eA==' } };
    await run({ rewrite: { hostname: 'in.example' } }, asked('/a', init), deps);
    const [request] = sent;
    expect([request?.method, request?.headers.get('x-a'), await request?.text()]).toEqual(['POST', '1', 'five']);
  });
  it('is rewritten for a URL too', async () => {
    const seen: string[] = [];
    const deps = fakeDeps();
    deps.transport.fetch = async (_endpoint, _upstream, request) => {
      seen.push(request.url);
      return new Response();
    };
    const url = { kind: 'url', version: 'v1', url: 'https://far.example/base', audience: 'a' } as const;
    const backends = [backend('v1', 1, { target: target('v1', { endpoints: [url] }) })];
    await run({ backends, rewrite: { path: prefix('/n') } }, asked('/a/b', {}, { matchedPrefix: '/a' }), deps);
    expect(seen).toEqual(['https://pay.example/n/b']);
  });
  it('is not sent where no path can be made', async () => {
    const path = { type: 'ReplaceRegexMatch', pattern: '^/a', substitution: '' } as const;
    expect((await failureOf(run({ rewrite: { path } }, asked('/a')))).error.code).toBe('bad_rewrite');
    const backends = [backend('v1', 1, { rewrite: { path } })];
    expect((await failureOf(run({ backends }, asked('/a')))).error.code).toBe('bad_rewrite');
  });
  it('is nothing that RPC has', async () => {
    const path = { type: 'ReplaceRegexMatch', pattern: '.*', substitution: '' } as const;
    expect(await run({ rewrite: { path } }, rpcCall())).toEqual({ value: 'ok' });
  });
}); // prettier-ignore

describe('headers', () => {
  const change = {
    set: [['x-a', 'set']],
    add: [
      ['x-a', 'added'],
      ['x-b', 'added'],
    ],
    remove: ['x-a', 'x-c'],
  } as const; // prettier-ignore
  it('of one name are removed, then set, then added to', async () => {
    const { deps, sent } = capturing();
    const headers: [string, string][] = [
      ['x-a', 'own'],
      ['x-b', '1'],
      ['x-b', '2'],
      ['x-c', 'gone'],
      ['x-d', 'stays'],
    ]; // prettier-ignore
    await run({ requestHeaders: change }, asked('/', { headers }), deps);
    const seen = (name: string) => sent[0]?.headers.get(name);
    expect(['x-a', 'x-b', 'x-c', 'x-d'].map(seen)).toEqual(['set, added', '1, 2, added', null, 'stays']);
  });
  it('of cookies that are added stay apart', async () => {
    const { deps } = capturing(
      () =>
        new Response('', {
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        }),
    ); // prettier-ignore
    const responseHeaders = { ...none, add: [['set-cookie', 'c=3']] as const };
    const reply = await run({ responseHeaders }, asked('/'), deps);
    expect(reply.headers.getSetCookie()).toEqual(['a=1', 'b=2', 'c=3']);
  });
  it('that ask this edge for a fault never reach a backend', async () => {
    const { deps, sent } = capturing();
    await run({}, asked('/', { headers: { 'selvedge-fault-delay': '1s', 'selvedge-fault-abort': '500' } }), deps);
    const names = ['selvedge-fault-delay', 'selvedge-fault-abort'];
    expect(names.map((name) => sent[0]?.headers.get(name))).toEqual([null, null]);
  });
});

describe('a fault', () => {
  const delayed = async (of: Partial<Route>, call = asked('/'), deps = fakeDeps()) => {
    const reply = await run(of, call, deps);
    return { reply, slept: deps.slept, record: call.record, deps };
  };
  it('makes a call late, and says so', async () => {
    const { reply, slept, record } = await delayed({ fault: { delay: { ms: 300, share: 1 }, requestHeaders: false } });
    expect([reply.status, slept, record.reason]).toEqual([200, [300], 'fault injected: delay of 300 ms']);
  });
  it('keeps the call open for as long as it takes', async () => {
    const { deps } = await delayed({ fault: { delay: { ms: 60_000, share: 1 }, requestHeaders: false } });
    expect(deps.expiries).toEqual([1_000 + 60_000 + 30_000]);
  });
  it('ends a call, before any attempt and whatever its retries', async () => {
    const { deps, sent } = capturing();
    const retry = {
      attempts: 3,
      codes: new Set([503]),
      backoffMs: 1,
      budget: { percent: 20, burst: 3 },
      methods: new Set(['GET']),
      bodyBytes: 1,
    }; // prettier-ignore
    const call = asked('/');
    const failed = await failureOf(
      run({ retry, fault: { abort: { status: 503, share: 1 }, requestHeaders: false } }, call, deps),
    ); // prettier-ignore
    expect([failed.error, call.record.reason]).toEqual([
      { code: 'fault_injected', status: 503 },
      'fault injected: abort with 503',
    ]);
    expect(sent).toHaveLength(0);
  });
  it('counts against the deadline, and ends with it', async () => {
    const deps = fakeDeps();
    const fault = { delay: { ms: 10_000, share: 1 }, abort: { status: 418, share: 1 }, requestHeaders: false };
    const failed = await failureOf(run({ requestTimeoutMs: 200, fault }, asked('/'), deps));
    expect([failed.error, deps.slept]).toEqual([{ code: 'request_timeout', afterMs: 200 }, [200]]);
  });
  it('leaves the call the rest of its time', async () => {
    const { deps, sent } = capturing();
    await run(
      { requestTimeoutMs: 500, fault: { delay: { ms: 300, share: 1 }, requestHeaders: false } },
      asked('/'),
      deps,
    );
    expect(sent[0]?.headers.get('selvedge-context')).toContain('deadline=1500');
    expect(deps.at).toBe(1_300);
  });
  it('of gRPC is a response with its status, recorded as a fault', async () => {
    const call = asked('/');
    const reply = await run({ fault: { abort: { grpcStatus: 14, share: 1 }, requestHeaders: false } }, call);
    expect([reply.status, reply.headers.get('grpc-status'), reply.headers.get('content-type')]).toEqual([
      200,
      '14',
      'application/grpc',
    ]); // prettier-ignore
    expect(call.record).toMatchObject({
      status: 200,
      outcome: 'fault_injected',
      reason: expect.stringContaining('gRPC status 14'),
    }); // prettier-ignore
  });
  it('ends an RPC call with an error', async () => {
    for (const abort of [
      { status: 503, share: 1 },
      { grpcStatus: 14, share: 1 },
    ]) {
      const failed = await failureOf(run({ fault: { abort, requestHeaders: false } }, rpcCall()));
      expect(failed.error).toEqual({ code: 'fault_injected', status: abort.status ?? 500 });
    }
  });
  it('that is asked for in words that mean none is a bad request', async () => {
    const call = asked('/', { headers: { 'selvedge-fault-delay': 'soon' } });
    expect((await failureOf(run({ fault: { requestHeaders: true } }, call))).error.code).toBe('bad_request');
  });
  it('is drawn anew for each call, delay and abort apart', async () => {
    const deps = fakeDeps();
    const draws = [0.2, 0.8, 0.8, 0.2];
    Object.assign(deps, { random: () => draws.shift() ?? 0 });
    const fault = { delay: { ms: 5, share: 0.5 }, abort: { status: 500, share: 0.5 }, requestHeaders: false };
    expect((await run({ fault }, asked('/'), deps)).status).toBe(200);
    expect(deps.slept).toEqual([5]);
    draws.splice(0, draws.length, 0.8, 0.2);
    expect((await failureOf(run({ fault }, asked('/'), deps))).error.code).toBe('fault_injected');
    expect(deps.slept).toEqual([5]);
  });
});

describe('CORS', () => {
  const cors = {
    allowOrigins: [{ type: 'Exact', value: 'https://shop.example' }],
    allowCredentials: false,
    allowMethods: ['PUT'],
    allowHeaders: [],
    exposeHeaders: ['*'],
  } as const;
  const origin = 'https://shop.example';
  const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } };
  const refuse = { authorise: () => ({ allowed: false, rule: 'r', reason: 'strict' }) as const };

  it('answers a preflight before anybody asks who calls', async () => {
    const { deps, sent } = capturing();
    const reply = await run({ cors }, asked('/', preflight), deps, refuse);
    expect([reply.status, reply.body, sent.length]).toEqual([200, null, 0]);
    expect(reply.headers.get('access-control-allow-methods')).toBe('PUT');
  });
  it('answers a preflight of another origin too, with nothing', async () => {
    const { deps, sent } = capturing();
    const reply = await run(
      { cors },
      asked('/', { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example' } }),
      deps,
    ); // prettier-ignore
    expect([reply.status, reply.headers.get('access-control-allow-origin'), sent.length]).toEqual([200, null, 0]);
  });
  it.each([
    ['OPTIONS without Origin', { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } }],
    ['OPTIONS that asks for no method', { method: 'OPTIONS', headers: { origin } }],
    ['another method with the headers of a preflight', { ...preflight, method: 'GET' }],
  ])('sends %s on', async (_rule, init) => {
    const { deps, sent } = capturing();
    await run({ cors }, asked('/', init), deps);
    expect(sent).toHaveLength(1);
  });
  it('replaces what the backend says, also for an origin that is not allowed', async () => {
    const said = { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true', vary: 'Accept' };
    for (const [from, expected] of [
      [origin, origin],
      ['https://evil.example', null],
    ] as const) {
      const { deps } = capturing(() => new Response('', { headers: said }));
      const { headers } = await run({ cors }, asked('/', { headers: { origin: from } }), deps);
      expect(headers.get('access-control-allow-origin')).toBe(expected);
      expect([headers.get('access-control-allow-credentials'), headers.get('vary')]).toEqual([null, 'Accept, Origin']);
    }
  }); // prettier-ignore
  it.each([
    ['*', '*'],
    ['accept, ORIGIN', 'accept, ORIGIN'],
    ['x-origin', 'x-origin, Origin'],
  ])('adds to a Vary of %s', async (said, expected) => {
    const { deps } = capturing(() => new Response('', { headers: { vary: said } }));
    expect((await run({ cors }, asked('/'), deps)).headers.get('vary')).toBe(expected);
  });
  it('exposes all headers by name where credentials forbid the star', async () => {
    const { deps } = capturing(() => new Response('', { headers: { 'x-a': '1' } }));
    const reply = await run({ cors: { ...cors, allowCredentials: true } }, asked('/', { headers: { origin } }), deps);
    expect(reply.headers.get('access-control-expose-headers')?.split(',')).toContain('x-a');
  });
  it('leaves status, body and cookies as they are', async () => {
    const { deps } = capturing(
      () =>
        new Response('body', {
          status: 207,
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        }),
    ); // prettier-ignore
    const reply = await run({ cors }, asked('/', { headers: { origin } }), deps);
    expect([reply.status, await reply.text(), reply.headers.getSetCookie()]).toEqual([207, 'body', ['a=1', 'b=2']]);
  });
  it('lets scripts read the errors of the mesh', async () => {
    const deps: FakeDeps = fakeDeps();
    deps.transport.resolves = () => false;
    const of = route({ cors });
    const whole = snapshot({ routes: [of], findRoute: () => ({ route: of, prefix: '/', match: 0 }) });
    const service = edgeService({
      ...deps,
      registry: {
        ...deps.registry,
        lookup: () => ({
          found: true,
          served: {
            mounted: mounted(whole, () => routeService(deps, whole, of)),
            ageMs: 0,
            source: 'kv',
            stale: false,
          },
        }),
      },
    });
    const reply = (await service(asked('/', { headers: { origin } }))) as Response;
    expect([reply.status, reply.headers.get('access-control-allow-origin'), reply.headers.get('vary')]).toEqual([
      500,
      origin,
      'Origin',
    ]);
  }); // prettier-ignore
  it('says nothing about RPC', async () => {
    expect(await run({ cors }, rpcCall())).toEqual({ value: 'ok' });
  });
});
