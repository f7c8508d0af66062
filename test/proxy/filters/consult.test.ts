import { describe, expect, test } from 'vitest';
import { type MeshError, MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { Asked, Authoriser } from '../../../src/model/snapshot.ts';
import { refusalBodyBytes, rememberedVerdicts } from '../../../src/proxy/authoriser/authoriser-verdict.ts';
import type { Call } from '../../../src/proxy/call.ts';
import { consult } from '../../../src/proxy/filters/consult.ts';
import { rescue } from '../../../src/proxy/filters/rescue.ts';
import { allHeaders } from '../../support/all-headers.ts';
import { fakeDeps, fetchCall, mounted, route, rpcCall, snapshot } from '../../support/calls.ts';

function authoriser(more: Partial<Authoriser> = {}): Authoriser {
  return {
    name: 'opa',
    endpoint: { kind: 'worker', version: 'opa', worker: 'opa' },
    pathPrefix: '/check',
    timeoutMs: 500,
    failOpen: false,
    statusOnError: 403,
    requestHeaders: ['authorization'],
    addHeaders: [],
    upstreamHeaders: [],
    ownHeaders: [],
    cacheMs: 0,
    ...more,
  };
}

type Answer = (request: Request, endpoint: string) => Response | Promise<Response>;

/** A filter that asks these authorisers about every call, what they were asked, and what went on. */
function consulting(authorisers: readonly Authoriser[], answer: Answer = () => new Response(), resolves = true) {
  const questions: Request[] = [];
  const passed: Call[] = [];
  const base = fakeDeps();
  const deps = fakeDeps({
    transport: {
      ...base.transport,
      resolves: () => resolves,
      fetch: async (endpoint, _upstream, request) => {
        questions.push(request);
        return answer(request, endpoint.version);
      },
    },
  });
  const asked: Asked[] = authorisers.map(({ name }) => ({ provider: name, rule: 'ask' }));
  const byName = new Map(authorisers.map((one) => [one.name, one]));
  const filter = consult({
    deps,
    snapshot: snapshot({ consult: { asked: () => asked, authorisers: byName } }),
    route: route(),
  });
  const run = async (call: Call) =>
    filter?.(call, async (allowed) => {
      passed.push(allowed);
      return new Response('passed');
    });
  return { deps, run, questions, passed };
}

async function errorOf(work: Promise<unknown>): Promise<MeshError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MeshFailure)) throw new Error(`No failure of the mesh: ${String(error)}`);
  return error.error;
}

const asking = (headers: Record<string, string> = {}, url = 'https://shop.example.com/pay?x=1') =>
  fetchCall({
    request: new Request(url, { method: 'PUT', headers, body: 'secret' }),
    method: 'PUT',
    url,
    path: '/pay',
    query: 'x=1',
    principal: 'spiffe://shop.example/svc/orders',
  });

test('there is no filter where nobody is asked, nor before a redirect to HTTPS', () => {
  const parts = { deps: fakeDeps(), snapshot: snapshot(), route: route() };
  const nobody = { asked: () => [], authorisers: new Map() };
  expect(consult(parts)).toBeUndefined();
  expect(
    consult({ ...parts, snapshot: snapshot({ consult: nobody }), route: route({ beforeAccess: true }) }),
  ).toBeUndefined();
});

describe('the question', () => {
  test("has the call's method, host, path behind the prefix and query, no body, and only the headers that it should", async () => {
    const { run, questions } = consulting([
      authoriser({
        requestHeaders: ['authorization', 'x-a'],
        addHeaders: [
          ['x-a', 'mesh'],
          ['x-b', '1'],
        ],
      }),
    ]);
    await run(asking({ authorization: 'Bearer t', 'x-a': 'client', cookie: 'a=b', 'selvedge-principal': 'forged' }));
    const [question] = questions;
    expect([question?.method, question?.url, question?.body, question?.redirect]).toEqual([
      'PUT',
      'https://shop.example.com/check/pay?x=1',
      null,
      'manual',
    ]);
    const headers = allHeaders(question?.headers ?? new Headers());
    expect(headers).toMatchObject({
      authorization: 'Bearer t',
      'x-a': 'mesh',
      'x-b': '1',
      'selvedge-principal': 'spiffe://shop.example/svc/orders',
    });
    expect(headers.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
    expect(headers['selvedge-context']).toBe('hops=1;caller=orders');
    expect(Object.keys(headers)).not.toContain('cookie');
  });

  test('of an RPC call is a POST that names the method', async () => {
    const { run, questions } = consulting([authoriser()]);
    await run(rpcCall({ method: 'users.list' }));
    expect([questions[0]?.method, questions[0]?.url]).toEqual(['POST', 'http://payment/check/rpc/users.list']);
    expect(questions[0]?.headers.get('selvedge-rpc')).toBe('users.list');
  });

  test('to a URL says the host in a header, and nothing of the mesh', async () => {
    const endpoint = { kind: 'url', version: 'opa', url: 'https://authz.example.com', audience: '' } as const;
    const { run, questions } = consulting([authoriser({ endpoint, requestHeaders: ['x-forwarded-host'] })]);
    await run(asking({ 'x-forwarded-host': 'forged.example.com' }));
    expect(questions[0]?.headers.get('x-forwarded-host')).toBe('shop.example.com');
    expect(questions[0]?.headers.get('selvedge-context')).toBeNull();
  });
});

describe('the verdict', () => {
  test('200 allows, and its headers replace those of the call, for access rules and for the backend', async () => {
    const { run, passed } = consulting(
      [authoriser({ upstreamHeaders: ['x-user', 'x-none'] })],
      () => new Response('ignored', { headers: { 'x-user': 'alice', 'x-other': '1' } }),
    );
    await run(asking({ 'x-user': 'forged', 'x-none': 'shown', 'x-other': 'own' }));
    expect(['x-user', 'x-none', 'x-other'].map((name) => passed[0]?.header(name))).toEqual(['alice', 'shown', 'own']);
    expect(passed[0]?.requestHeaders).toEqual([{ set: [['x-user', 'alice']], add: [], remove: [] }]);
  });

  test.each([
    ['says nothing of', () => new Response()],
    ['gives no verdict on', () => new Response(null, { status: 500 })],
  ])('what only the authoriser may say is removed where it %s it', async (_, answer) => {
    const own = ['x-user'];
    const opa = authoriser({ failOpen: true, upstreamHeaders: own, ownHeaders: own });
    const { run, passed } = consulting([opa], answer);
    await run(asking({ 'x-user': 'forged' }));
    expect(passed[0]?.header('x-user')).toBeNull();
    expect(passed[0]?.requestHeaders).toEqual([{ set: [], add: [], remove: ['x-user'] }]);
  });

  test.each<[string, HeadersInit, string | null, string]>([
    ['what the authoriser says', { 'x-user': 'alice' }, 'alice', 'a=1,x-user=alice'],
    ['nothing where it says nothing', {}, null, 'a=1'],
  ])(
    'of a header that only the authoriser may say, a journey in the mesh carries %s',
    async (_, headers, seen, carried) => {
      const own = ['x-user'];
      const opa = authoriser({ upstreamHeaders: own, ownHeaders: own });
      const { run, passed } = consulting([opa], () => new Response('', { headers }));
      const mesh = { ...snapshot().mesh, carry: own };
      const journey = { baggage: 'a=1,x-user=forged', mounted: mounted(snapshot({ mesh })) };
      for (const call of [asking(), rpcCall({ header: () => 'forged' })]) await run({ ...call, ...journey });
      for (const { baggage, header } of passed) expect([baggage, header('x-user')]).toEqual([carried, seen]);
      expect(passed).toHaveLength(2);
    },
  );

  test('what one authoriser says, another that says nothing does not take away', async () => {
    const own = ['x-user'];
    const providers = ['a', 'b'].map((name) =>
      authoriser({
        name,
        upstreamHeaders: own,
        ownHeaders: own,
        endpoint: { kind: 'worker', version: name, worker: name },
      }),
    );
    const { run, passed } = consulting(providers, (_, endpoint) =>
      endpoint === 'a' ? new Response('', { headers: { 'x-user': 'alice' } }) : new Response(),
    );
    await run(asking({ 'x-user': 'forged' }));
    expect(passed[0]?.header('x-user')).toBe('alice');
  });

  test('any other status refuses, with its headers and body', async () => {
    const answer = () =>
      new Response('log in', {
        status: 302,
        headers: { location: '/login', connection: 'close', 'selvedge-x': '1', 'x-why': 'no' },
      });
    const call = asking();
    const { deps, run, passed } = consulting([authoriser()], answer);
    const reply = (await rescue(deps)(call, () => run(call) as Promise<Response>)) as Response;
    expect([reply.status, await reply.text(), reply.headers.get('location'), reply.headers.get('x-why')]).toEqual([
      302,
      'log in',
      '/login',
      'no',
    ]);
    expect([reply.headers.get('connection'), reply.headers.get('selvedge-x')]).toEqual([null, null]);
    expect(reply.headers.get('proxy-status')).toContain('details="authoriser_refused"');
    expect(call.record).toMatchObject({
      outcome: 'authoriser_refused',
      status: 302,
      reason: 'custom: ask, authoriser opa',
    });
    expect(passed).toEqual([]);
  });

  test('callers get only the headers that the document names, and those without which the answer means nothing', async () => {
    const headers = { 'x-a': '1', 'x-b': '2', 'www-authenticate': 'Basic' };
    const { run } = consulting(
      [authoriser({ downstreamHeaders: ['x-a'] })],
      () => new Response('', { status: 401, headers }),
    );
    const error = await errorOf(run(asking()) as Promise<unknown>);
    const names = error.code === 'authoriser_refused' ? error.answer.headers.map(([name]) => name).sort() : [];
    expect(names).toEqual(['content-type', 'www-authenticate', 'x-a']);
  });

  test('a body beyond the bound is left out, and ours takes its place', async () => {
    const call = asking();
    const { deps, run } = consulting(
      [authoriser()],
      () => new Response('x'.repeat(refusalBodyBytes + 1), { status: 403 }),
    );
    const reply = (await rescue(deps)(call, () => run(call) as Promise<Response>)) as Response;
    expect(await reply.json()).toMatchObject({ error: { code: 'authoriser_refused', message: 'RBAC: access denied' } });
  });

  test('RPC gets an error with its status', async () => {
    const call = rpcCall();
    const { deps, run } = consulting([authoriser()], () => new Response('', { status: 401 }));
    await expect(rescue(deps)(call, () => run(call) as Promise<Response>)).rejects.toMatchObject({
      code: 'authoriser_refused',
      status: 401,
    });
  });

  test('all must allow, asked in turn, and each sees what the one before said', async () => {
    const first = authoriser({
      name: 'a',
      upstreamHeaders: ['x-user'],
      endpoint: { kind: 'worker', version: 'a', worker: 'a' },
    });
    const second = authoriser({
      name: 'b',
      requestHeaders: ['x-user'],
      endpoint: { kind: 'worker', version: 'b', worker: 'b' },
    });
    const { run, questions } = consulting([first, second], (_, endpoint) =>
      endpoint === 'a' ? new Response('', { headers: { 'x-user': 'alice' } }) : new Response('', { status: 403 }),
    );
    expect((await errorOf(run(asking()) as Promise<unknown>)).code).toBe('authoriser_refused');
    expect(questions.map(({ headers }) => headers.get('x-user'))).toEqual([null, 'alice']);
  });
});

describe('no verdict', () => {
  const rows: readonly { name: string; answer: Answer; resolves?: boolean; says: RegExp }[] = [
    { name: 'a status from 500 on', answer: () => new Response('', { status: 503 }), says: /it answered 503/ },
    {
      name: 'an error',
      answer: () => Promise.reject(new Error('Network connection lost.')),
      says: /Network connection lost/,
    },
    { name: 'no answer in time', answer: () => new Promise<Response>(() => {}), says: /no answer within 20 ms/ },
    { name: 'no binding', answer: () => new Response(), resolves: false, says: /cannot reach it/ },
  ];
  test.each(rows)(
    'by $name refuses with the status of the document, or passes where it fails open',
    async ({ answer, resolves, says }) => {
      const closed = consulting([authoriser({ timeoutMs: 20, statusOnError: 503 })], answer, resolves);
      const error = await errorOf(closed.run(asking()) as Promise<unknown>);
      expect(error).toMatchObject({ code: 'authoriser_unavailable', status: 503, detail: expect.stringMatching(says) });
      expect(closed.passed).toEqual([]);
      const open = consulting([authoriser({ timeoutMs: 20, failOpen: true })], answer, resolves);
      const call = asking();
      await open.run(call);
      expect(open.passed).toHaveLength(1);
      expect(call.record.reason).toMatch(says);
    },
  );

  test('from one whom no document describes refuses', async () => {
    const { deps } = consulting([]);
    const consultation = { asked: () => [{ provider: 'gone', rule: 'ask' }], authorisers: new Map() };
    const filter = consult({ deps, snapshot: snapshot({ consult: consultation }), route: route() });
    expect(await errorOf(filter?.(asking(), async () => new Response()) as Promise<unknown>)).toMatchObject({
      code: 'authoriser_unavailable',
      status: 403,
    });
  });
});

describe('verdicts that are remembered', () => {
  test('are used again for the same question, until their time is over', async () => {
    const { deps, run, questions } = consulting([authoriser({ cacheMs: 1000, requestHeaders: ['x-user'] })]);
    await run(asking({ 'x-user': 'a' }));
    await run(asking({ 'x-user': 'a', 'x-else': '1' }));
    expect(questions).toHaveLength(1);
    await run(asking({ 'x-user': 'b' }));
    expect(questions).toHaveLength(2);
    deps.at += 1000;
    await run(asking({ 'x-user': 'a' }));
    expect(questions).toHaveLength(3);
  });

  test('may be refusals, and are never that there was no verdict', async () => {
    let status = 503;
    const { run, questions } = consulting([authoriser({ cacheMs: 1000 })], () => new Response('no', { status }));
    await errorOf(run(asking()) as Promise<unknown>);
    status = 403;
    for (const _ of [1, 2]) expect((await errorOf(run(asking()) as Promise<unknown>)).code).toBe('authoriser_refused');
    expect(questions).toHaveLength(2);
  });

  test('are bounded: the oldest goes first', async () => {
    const { run, questions } = consulting([authoriser({ cacheMs: 60_000, requestHeaders: ['x-user'] })]);
    for (let user = 0; user <= rememberedVerdicts; user += 1) await run(asking({ 'x-user': String(user) }));
    await run(asking({ 'x-user': String(rememberedVerdicts) }));
    expect(questions).toHaveLength(rememberedVerdicts + 1);
    await run(asking({ 'x-user': '0' }));
    expect(questions).toHaveLength(rememberedVerdicts + 2);
  });
});
