import { describe, expect, it } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { RetryRule } from '../../../src/model/snapshot.ts';
import type { Call, Filter, Reply } from '../../../src/proxy/call.ts';
import { retry } from '../../../src/proxy/filters/retry.ts';
import { fakeDeps, fetchCall, route, rpcCall, snapshot } from '../../support/calls.ts';

const rule: RetryRule = {
  attempts: 2,
  codes: new Set([503]),
  backoffMs: 25,
  budget: { percent: 20, burst: 3 },
  methods: new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']),
  bodyBytes: 64,
};
const failed = new MeshFailure({ code: 'upstream_failed', version: 'v1', cause: 'gone' });

/** Runs a call against a service whose answers are given in order; says how often it was asked. */
async function run(answers: readonly (number | Error)[], call: Call, of: Partial<RetryRule> = {}, filter?: Filter) {
  const deps = fakeDeps();
  const built = filter ?? retry({ deps, snapshot: snapshot(), route: route({ retry: { ...rule, ...of } }) });
  const bodies: string[] = [];
  let asked = 0;
  const next = async (attempt: Call): Promise<Reply> => {
    const answer = answers[asked] ?? 200;
    asked += 1;
    if (attempt.kind === 'fetch' && attempt.bufferedBody) bodies.push(new TextDecoder().decode(attempt.bufferedBody));
    if (answer instanceof Error) throw answer;
    return attempt.kind === 'rpc' ? { value: 1 } : new Response('x', { status: answer });
  };
  const outcome = built === undefined ? next(call) : built(call, next);
  const status = await outcome.then(
    (reply) => ('status' in reply ? reply.status : 200),
    (error: unknown) => error,
  );
  return { status, asked, bodies, slept: deps.slept };
}

function withBody(method: string, body: BodyInit, headers: Record<string, string>) {
  return fetchCall({
    request: new Request('http://payment/', { method, body, headers, duplex: 'half' } as RequestInit),
  });
}

describe('retry', () => {
  it('answers the first success', async () => {
    expect(await run([503, 200], fetchCall())).toMatchObject({ status: 200, asked: 2, slept: [37.5] });
  });
  it('answers the last failure when the attempts are used up', async () => {
    expect(await run([503, 503, 503, 200], fetchCall())).toMatchObject({ status: 503, asked: 3 });
  });
  it('does not try again for a status that the route does not name', async () => {
    expect(await run([500, 200], fetchCall())).toMatchObject({ status: 500, asked: 1 });
  });
  it('always tries again for a connection error or a thrown exception', async () => {
    expect(await run([failed, 200], fetchCall(), { codes: new Set() })).toMatchObject({ status: 200, asked: 2 });
  });
  it('takes what the edge refuses itself for an answer: it is tried again where its status is named', async () => {
    const unresolved = new MeshFailure({ code: 'backend_unresolved', version: 'v1', detail: 'payment' });
    expect(await run([unresolved, 200], fetchCall())).toMatchObject({ status: unresolved, asked: 1, slept: [] });
    expect(await run([unresolved, 200], fetchCall(), { codes: new Set([500]) })).toMatchObject({
      status: 200,
      asked: 2,
    });
  });
  it('rejects with the last error', async () => {
    expect(await run([failed, failed, failed], fetchCall())).toMatchObject({ status: failed, asked: 3 });
  });
  it('never tries a non-idempotent method again unless the route says so', async () => {
    const post = () => withBody('POST', 'x', { 'content-length': '1' });
    expect(await run([503], post())).toMatchObject({ status: 503, asked: 1 });
    expect(await run([503], post(), { methods: new Set(['POST']) })).toMatchObject({ status: 200, asked: 2 });
  });
  it('sends the same body again', async () => {
    const put = withBody('PUT', 'charge', { 'content-length': '6' });
    expect(await run([503, 200], put)).toMatchObject({ bodies: ['charge', 'charge'] });
  });
  it('streams, and tries once, a body without Content-Length', async () => {
    const put = withBody('PUT', 'charge', {});
    put.request.headers.delete('content-length');
    expect(await run([503], put)).toMatchObject({ status: 503, asked: 1, bodies: [] });
  });
  it('streams, and tries once, a body beyond the bound', async () => {
    expect(await run([503], withBody('PUT', 'x'.repeat(65), { 'content-length': '65' }))).toMatchObject({ asked: 1 });
  });
  it('refuses a body that is longer than it said', async () => {
    const liar = withBody('PUT', 'x'.repeat(65), { 'content-length': '5' });
    const { status, asked } = await run([200], liar);
    expect(status).toMatchObject({ error: { code: 'bad_request' } });
    expect(asked).toBe(0);
  });
  it('answers 504 at once where another attempt is due and the deadline leaves no time for it', async () => {
    const { status, asked, slept } = await run([503], fetchCall({ deadlineMs: 1_005 }));
    expect(status).toMatchObject({ error: { code: 'deadline_exceeded' } });
    expect([asked, slept]).toEqual([1, []]);
  });
  it('does not wait beyond the deadline for a body that is slow to come', async () => {
    const never = new ReadableStream({ pull: () => new Promise(() => {}) });
    const put = withBody('PUT', never, { 'content-length': '5' });
    const { status, asked } = await run([200], { ...put, deadlineMs: 1_010 });
    expect(status).toMatchObject({ error: { code: 'deadline_exceeded' } });
    expect(asked).toBe(0);
  });
  it('tries an RPC method again only where the route names it', async () => {
    const thrown = new Error('busy');
    expect(await run([thrown], rpcCall())).toMatchObject({ status: thrown, asked: 1 });
    expect(await run([thrown], rpcCall(), { methods: new Set(['charge']) })).toMatchObject({ status: 200, asked: 2 });
  });
  it.each(['GET', 'DELETE', 'get'])('does not take the RPC method %s for one of HTTP', async (method) => {
    const thrown = new Error('busy');
    expect(await run([thrown], rpcCall({ method, member: method }))).toMatchObject({ status: thrown, asked: 1 });
  });
  it.each([
    { name: 'a function', args: [() => 1], asked: 1 },
    { name: 'a function deep inside', args: [{ a: [new Map([[1, { f: () => 1 }]])] }], asked: 1 },
    { name: 'a stream', args: [new ReadableStream()], asked: 1 },
    { name: 'a request', args: [new Request('http://payment/')], asked: 1 },
    {
      name: 'data of every kind',
      args: [1n, new Set([new Date()]), new Uint8Array(2), /a/, null, [undefined]],
      asked: 2,
    },
  ])('sends $name $asked times', async ({ args, asked }) => {
    const named = { methods: new Set(['charge']) };
    expect(await run([new Error('busy')], rpcCall({ args }), named)).toMatchObject({ asked });
  });
  it('sends data that holds itself again', async () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const named = { methods: new Set(['charge']) };
    expect(await run([new Error('busy')], rpcCall({ args: cyclic }), named)).toMatchObject({ asked: 2 });
  });
  it('reads a property again where the route names it', async () => {
    const named = { methods: new Set(['version']) };
    const read = rpcCall({ method: 'version', member: 'version', args: undefined });
    expect(await run([new Error('busy')], read, named)).toMatchObject({ asked: 2 });
  });
  it('stops when the budget is used up, and says so in the record', async () => {
    const filter = retry({
      deps: fakeDeps(),
      snapshot: snapshot(),
      route: route({ retry: { ...rule, budget: { percent: 0, burst: 1 } } }),
    });
    expect(await run([503, 503, 200], fetchCall(), {}, filter)).toMatchObject({ status: 503, asked: 2 });
    const call = fetchCall();
    expect(await run([503], call, {}, filter)).toMatchObject({ status: 503, asked: 1 });
    expect(call.record.reason).toBe('no retry: the budget is used up');
  });
  it('is left out of a route without a rule', () => {
    expect(retry({ deps: fakeDeps(), snapshot: snapshot(), route: route() })).toBeUndefined();
  });
});
