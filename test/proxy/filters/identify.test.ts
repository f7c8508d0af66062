import { describe, expect, it } from 'vitest';
import type { JwtRule, UserTokens } from '../../../src/model/authentication-rules.ts';
import { compileUserTokens } from '../../../src/model/compile/compile-authentication.ts';
import type { MeshSettings } from '../../../src/model/snapshot.ts';
import type { Call, FetchCall } from '../../../src/proxy/call.ts';
import type { Identification, UserIdentification } from '../../../src/proxy/deps.ts';
import { identify } from '../../../src/proxy/filters/identify.ts';
import { fakeDeps, fetchCall, mounted, rpcCall, snapshot } from '../../support/calls.ts';

const authentication = {
  jwt: [
    {
      issuer: 'first',
      outputClaimToHeaders: [
        { header: 'x-user', claim: 'sub' },
        { header: 'x-both', claim: 'sub' },
      ],
    },
    {
      issuer: 'second',
      fromHeaders: [{ name: 'x-second' }],
      outputPayloadToHeader: 'x-both',
      forwardOriginalToken: true,
    },
    { issuer: 'third', fromParams: ['t'], fromCookies: ['t'] },
  ],
};
const userTokens = compileUserTokens(authentication, []) as UserTokens;

/** Takes a token for what it says: `issuer/subject`, `nobody` for one without subject, `bad` and `elsewhere` for those that do not hold. */
function verdictOf(token: string, rules: readonly JwtRule[]): UserIdentification {
  const [issuer = '', sub = ''] = token.split('/');
  const rule = rules.find((one) => one.issuer === issuer);
  if (token === 'elsewhere') return { kind: 'invalid', detail: 'aud', elsewhere: true };
  if (rule === undefined) return { kind: 'invalid', detail: `not trusted: ${token}` };
  const told = [
    ...(rule.claimHeaders ?? []).map(([name]) => [name, sub] as const),
    ...(rule.payloadHeader === undefined ? [] : [[rule.payloadHeader, `payload of ${sub}`] as const]),
  ];
  return { kind: 'user', rule, requestPrincipal: sub === 'nobody' ? null : token, claims: { sub }, told };
}

interface Options {
  readonly door?: 'mesh' | 'public';
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly bearer?: string;
  readonly peer?: Identification;
  readonly waits?: boolean;
  readonly tokens?: UserTokens;
  readonly baggage?: string;
  readonly mesh?: Partial<MeshSettings>;
}

/** The call as the filters below see it. */
async function passed({
  door = 'mesh',
  waits = false,
  ...options
}: Options): Promise<{ call: FetchCall; waited: boolean }> {
  const {
    method = 'GET',
    headers = {},
    query = '',
    bearer,
    peer = { kind: 'anonymous' },
    tokens = userTokens,
    baggage = '',
  } = options;
  const given = snapshot({ userTokens: tokens });
  const url = `http://payment/charge${query === '' ? '' : `?${query}`}`;
  const request = new Request(url, { method, headers });
  const deps = fakeDeps({
    identities: {
      identifyPublic: () => peer,
      identifyUser: ({ token, rules }) => {
        const verdict = verdictOf(token, rules);
        return waits ? Promise.resolve(verdict) : verdict;
      },
      tokenFor: async () => undefined,
    },
  });
  const seen: Call[] = [];
  const arrived = fetchCall({
    door,
    baggage,
    request,
    url,
    query,
    mounted: mounted({ ...given, mesh: { ...given.mesh, ...options.mesh } }),
    ...(bearer === undefined ? {} : { bearer }),
  });
  const reply = identify(deps)(arrived, async (call) => {
    seen.push(call);
    return new Response('ok');
  });
  const waited = seen.length === 0;
  await reply;
  return { call: seen[0] as FetchCall, waited };
}

/** The headers that the clone will have. */
function outgoing(call: FetchCall): Record<string, string> {
  const headers = new Headers(call.request.headers);
  for (const { set, remove } of call.requestHeaders) {
    for (const name of remove) headers.delete(name);
    for (const [name, value] of set) headers.set(name, value);
  }
  const left: Record<string, string> = {};
  headers.forEach((value, name) => {
    left[name] = value;
  });
  return left;
}

const service = 'spiffe://shop.example/svc/orders';

describe('who calls and who the end user is', () => {
  it('are two facts on the mesh door', async () => {
    const { call } = await passed({ headers: { authorization: 'Bearer first/ada' } });
    expect(call).toMatchObject({ principal: service, requestPrincipal: 'first/ada', claims: { sub: 'ada' } });
    expect(call.record.caller).toBe('orders');
  });
  it('are two facts on the public door, where a caller shows a certificate', async () => {
    const peer = { kind: 'principal', principal: 'spiffe://shop.example/svc/web' } as const;
    const { call } = await passed({ door: 'public', peer, headers: { authorization: 'Bearer first/ada' } });
    expect(call).toMatchObject({ principal: peer.principal, requestPrincipal: 'first/ada', record: { caller: 'web' } });
  });
  it('an end user alone is named as the caller in the record', async () => {
    const { call } = await passed({ door: 'public', headers: { authorization: 'Bearer first/ada' } });
    expect(call).toMatchObject({ principal: null, requestPrincipal: 'first/ada', record: { caller: 'first/ada' } });
  });
  it("the token by which a caller proved who he is is no end user's, tells no claims of one, and goes no further", async () => {
    const peer = { kind: 'principal', principal: service, byToken: true } as const;
    const { call } = await passed({ door: 'public', peer, bearer: 'svid', headers: { authorization: 'Bearer svid' } });
    expect(call).toMatchObject({ principal: service, requestPrincipal: null, claims: null });
    expect([call.header('authorization'), outgoing(call).authorization]).toEqual([null, undefined]);
  });
  it('a parameter that is named like the header is no place of the caller', async () => {
    const peer = { kind: 'principal', principal: service, byToken: true } as const;
    const tokens = compileUserTokens({ jwt: [{ issuer: 'third', fromParams: ['authorization'] }] }, []) as UserTokens;
    const shown = { door: 'public', peer, tokens, bearer: 'svid', headers: { authorization: 'Bearer svid' } } as const;
    expect((await passed({ ...shown, query: 'authorization=third/eve' })).call.requestPrincipal).toBe('third/eve');
    await expect(passed({ ...shown, query: 'authorization=bad' })).rejects.toMatchObject({
      error: { code: 'invalid_token' },
    });
  });
  it("a caller's token beside an end user's", async () => {
    const peer = { kind: 'principal', principal: service, byToken: true } as const;
    const headers = { authorization: 'Bearer first/ada' };
    const { call } = await passed({ door: 'public', peer, bearer: 'svid', headers });
    expect(call).toMatchObject({ principal: service, requestPrincipal: 'first/ada', claims: { sub: 'ada' } });
  });
  it('of several tokens that of the earliest rule is the end user, wherever it stands', async () => {
    const headers = { 'x-second': 'second/bob', authorization: 'Bearer first/ada' };
    expect((await passed({ headers, query: 't=third/eve' })).call.requestPrincipal).toBe('first/ada');
    expect((await passed({ headers: { 'x-second': 'second/bob' }, query: 't=third/eve' })).call.requestPrincipal).toBe(
      'second/bob',
    );
  });
  it('a token without subject has claims and no principal', async () => {
    const { call } = await passed({ headers: { authorization: 'Bearer first/nobody' } });
    expect(call).toMatchObject({ requestPrincipal: null, claims: { sub: 'nobody' } });
  });
  it('of an RPC call only what the journey carries is looked at', async () => {
    const calls: Call[] = [];
    const deps = fakeDeps();
    const identities = {
      ...deps.identities,
      identifyUser: ({ token, rules }: { token: string; rules: readonly JwtRule[] }) => verdictOf(token, rules),
    };
    const carried = { header: (name: string) => (name === 'x-second' ? 'second/bob' : null) };
    await identify({ ...deps, identities })(
      rpcCall({ mounted: mounted(snapshot({ userTokens })), ...carried }),
      async (call) => {
        calls.push(call);
        return { value: undefined };
      },
    );
    expect(calls[0]).toMatchObject({ principal: service, requestPrincipal: 'second/bob' });
  });
});

describe('what the callee sees', () => {
  it('no token in the journey either, where the journey carries its header', async () => {
    const mesh = { carry: ['authorization', 'cookie', 'x-second', 'x-user'] };
    const baggage = 'a=1,authorization=Bearer%20first/ada,cookie=t%3Dthird/eve,x-second=second/bob,x-user=ada';
    const headers = { authorization: 'Bearer first/ada', cookie: 't=third/eve', 'x-second': 'second/bob' };
    expect((await passed({ headers, baggage, mesh })).call.baggage).toBe('a=1,x-second=second/bob,x-user=ada');
    expect((await passed({ baggage: 'a=1', mesh })).call.baggage).toBe('a=1');
  });
  it('outputs, of several rules the earliest one, and no token that is not forwarded', async () => {
    const headers = { 'x-second': 'second/bob', authorization: 'Bearer first/ada', 'x-user': 'root', 'x-kept': '1' };
    const { call } = await passed({ headers });
    const expected = { 'x-second': 'second/bob', 'x-user': 'ada', 'x-both': 'ada', 'x-kept': '1' };
    expect(outgoing(call)).toEqual(expected);
    for (const [name, value] of Object.entries(expected)) expect(call.header(name)).toBe(value);
    expect(call.header('authorization')).toBeNull();
  });
  it('nothing that a client wrote under the names of outputs', async () => {
    const { call } = await passed({ headers: { 'x-user': 'root', 'x-both': 'root' } });
    expect([call.header('x-user'), call.header('x-both'), outgoing(call)]).toEqual([null, null, {}]);
  });
  it('an address and cookies without the tokens', async () => {
    const { call } = await passed({ query: 'a=1&t=third/eve&b=2', headers: { cookie: 'a=1; t=third/eve' } });
    expect(call).toMatchObject({
      query: 'a=1&b=2',
      url: 'http://payment/charge?a=1&b=2',
      target: 'http://payment/charge?a=1&b=2',
    });
    expect([call.header('cookie'), outgoing(call).cookie]).toEqual(['a=1', 'a=1']);
  });
  it('the request untouched where there is nothing to change', async () => {
    const tokens = compileUserTokens({ jwt: [{ issuer: 'first', forwardOriginalToken: true }] }, []) as UserTokens;
    const { call } = await passed({ tokens, headers: { authorization: 'Bearer first/ada' }, query: 'a=1' });
    expect(call).toMatchObject({ requestPrincipal: 'first/ada', target: '', requestHeaders: [] });
  });
  it('of a preflight no token, which nobody has judged', async () => {
    const headers = {
      origin: 'https://a',
      'access-control-request-method': 'POST',
      authorization: 'Bearer bad',
      'x-second': 'bad',
    };
    const { call } = await passed({ method: 'OPTIONS', headers });
    expect(call).toMatchObject({ requestPrincipal: null, claims: null });
    expect(Object.keys(outgoing(call)).sort()).toEqual(['access-control-request-method', 'origin']);
  });
});

describe('a call is refused', () => {
  const required = compileUserTokens(
    { jwt: [{ issuer: 'first', presence: 'required' }, { issuer: 'second' }] },
    [],
  ) as UserTokens;
  it.each<[string, Options, object]>([
    [
      'for one token that does not hold, beside others that do',
      { headers: { authorization: 'Bearer first/ada', 'x-second': 'bad' } },
      { code: 'invalid_token' },
    ],
    [
      'for the token of one rule in the place of another',
      { headers: { authorization: 'Bearer second/bob' } },
      { code: 'invalid_token' },
    ],
    ['for the second of a repeated parameter', { query: 't=third/eve&t=bad' }, { code: 'invalid_token' }],
    [
      'for a token that is meant for others',
      { headers: { authorization: 'Bearer elsewhere' } },
      { code: 'audience_denied', detail: 'aud' },
    ],
    ['for more than eight tokens', { query: 't=third/eve&'.repeat(9) }, { code: 'invalid_token' }],
    ['for a token that must be there', { tokens: required }, { code: 'unauthenticated' }],
    [
      'for a token of another rule than the one that must be there',
      { tokens: required, headers: { authorization: 'Bearer second/bob' } },
      { code: 'unauthenticated' },
    ],
    [
      'for a caller whose token does not hold',
      { door: 'public', peer: { kind: 'invalid', detail: 'x' } },
      { code: 'invalid_token' },
    ],
  ])('%s', async (_rule, options, error) => {
    for (const waits of [false, true])
      await expect(async () => passed({ ...options, waits })).rejects.toMatchObject({ error });
  });
  it('but not where each is there that must be', async () => {
    const { call } = await passed({ tokens: required, headers: { authorization: 'Bearer first/ada' } });
    expect(call.requestPrincipal).toBe('first/ada');
  });
});

describe('a call', () => {
  it.each<[string, Options, boolean]>([
    [
      'does not wait where all verdicts are remembered',
      { headers: { authorization: 'Bearer first/ada' }, query: 't=third/eve' },
      false,
    ],
    [
      'does not wait on the public door either',
      { door: 'public', headers: { authorization: 'Bearer first/ada' } },
      false,
    ],
    ['does not wait without a token', { waits: true }, false],
    ['waits where one is not', { waits: true, headers: { authorization: 'Bearer first/ada' } }, true],
  ])('%s', async (_rule, options, waits) => {
    expect((await passed(options)).waited).toBe(waits);
  });
});
