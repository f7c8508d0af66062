import { describe, expect, test } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { AccessVerdict } from '../../../src/model/snapshot.ts';
import { authorise } from '../../../src/proxy/filters/authorise.ts';
import { rescue } from '../../../src/proxy/filters/rescue.ts';
import { allHeaders } from '../../support/all-headers.ts';
import { fakeDeps, fetchCall, route, rpcCall, snapshot } from '../../support/calls.ts';

/** What a caller gets when the rules say this. */
async function answer(verdict: AccessVerdict, call = fetchCall()): Promise<Response> {
  const deps = fakeDeps();
  const filter = authorise({ deps, snapshot: snapshot({ authorise: () => verdict }), route: route() });
  const reply = await rescue(deps)(
    call,
    async () => (await filter?.(call, async () => new Response('passed'))) as Response,
  );
  return reply as Response;
}

const denied: AccessVerdict = { allowed: false, rule: 'no-post', reason: 'deny-rule' };
const grpc = (type: string) =>
  new Request('http://payment/charge', { method: 'POST', headers: { 'content-type': type } });

describe('a call that is refused', () => {
  test.each<[name: string, verdict: AccessVerdict, reason: string]>([
    ['names rule and revision in its record', denied, 'deny-rule: no-post (revision bbbbbbbbbbbb)'],
    [
      'by a rule of the mesh, with the revision of the mesh',
      { ...denied, rule: 'mesh/no-post' },
      'deny-rule: mesh/no-post (revision aaaaaaaaaaaa)',
    ],
    ['by no rule', { allowed: false, rule: '', reason: 'no-allow-rule' }, 'no-allow-rule (revision bbbbbbbbbbbb)'],
  ])('%s', async (_, verdict, reason) => {
    const call = fetchCall({ door: 'public' });
    const reply = await answer(verdict, call);
    expect(call.record).toMatchObject({ reason, outcome: 'access_denied', status: 403 });
    expect(await reply.json()).toMatchObject({ error: { code: 'access_denied', message: 'RBAC: access denied' } });
    expect(JSON.stringify(allHeaders(reply.headers))).not.toContain('no-post');
  });

  test('tells a caller inside the mesh which rule it was', async () => {
    const reply = await answer(denied);
    expect(reply.headers.get('proxy-status')).toBe(
      'selvedge-payment; error=http_request_denied; details="access_denied: deny-rule: no-post (revision bbbbbbbbbbbb)"',
    );
    expect(await reply.text()).not.toContain('no-post');
  });

  test('strictly, is asked who it is', async () => {
    const reply = await answer({ allowed: false, rule: '', reason: 'strict' });
    expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('is an error with a code for RPC', async () => {
    const deps = fakeDeps();
    const filter = authorise({ deps, snapshot: snapshot({ authorise: () => denied }), route: route() });
    const call = rpcCall();
    const refused = rescue(deps)(call, async () => (await filter?.(call, async () => new Response())) as Response);
    await expect(refused).rejects.toMatchObject({ code: 'access_denied', status: 403 });
  });

  test.each(['application/grpc', 'application/grpc+proto', 'application/grpc-web-text'])(
    'finds its status where gRPC looks for it: %s',
    async (type) => {
      const reply = await answer(denied, fetchCall({ door: 'public', request: grpc(type) }));
      expect([reply.status, reply.body]).toEqual([200, null]);
      expect(allHeaders(reply.headers)).toMatchObject({
        'content-type': type,
        'grpc-status': '7',
        'grpc-message': 'RBAC: access denied',
      });
    },
  );
});

test.each([
  [{ code: 'unauthenticated' }, '16'],
  [{ code: 'no_route' }, '12'],
  [{ code: 'upstream_unreachable', version: 'v1', cause: 'x' }, '14'],
  [{ code: 'deadline_exceeded' }, '4'],
  [{ code: 'bad_request', detail: '100 % wrong' }, '13'],
  [{ code: 'internal', cause: 'x' }, '2'],
  [{ code: 'fault_injected', status: 429 }, '8'],
] as const)('gRPC: %j is %s', async (error, status) => {
  const call = fetchCall({ request: grpc('application/grpc') });
  const reply = (await rescue(fakeDeps())(call, () => Promise.reject(new MeshFailure(error)))) as Response;
  expect(reply.headers.get('grpc-status')).toBe(status);
  expect(reply.headers.get('grpc-message')).not.toContain('% ');
});

test('what decides nothing stands in the record, and is absent where there is nothing', async () => {
  const call = fetchCall();
  const shadow = { allowed: false, rule: 'soon' };
  await answer({ allowed: true, rule: '', audit: ['watch'], shadow }, call);
  expect(call.record).toMatchObject({ audit: ['watch'], shadow: 'deny', shadowRule: 'soon' });
  const plain = fetchCall();
  await answer({ allowed: true, rule: '' }, plain);
  expect(Object.keys(plain.record)).not.toContain('audit');
  expect(Object.keys(plain.record)).not.toContain('shadow');
});
