/** Documents with access rules, and calls, drawn from few names so that they meet. */
import fc from 'fast-check';
import type { CallFacts } from '../../../src/model/call-facts.ts';
import type { MeshDocument } from '../../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';

type Access = NonNullable<ServiceDocument['access']>;
type Rule = NonNullable<Access['rules']>[number];

export const services = ['cart', 'orders', 'orders-job', 'payment'];
export const foreign = ['spiffe://partner.example/ns/prod/sa/web', 'spiffe://partner.example/robot'];
export const issuer = 'https://issuer.example';
export const trustDomain = 'shop.example';
/** Windows open and close around this instant. */
export const nowMs = Date.parse('2026-06-01T12:00:00Z');

const some = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const both = <T>(field: string, values: readonly T[]) => ({
  [field]: some(values),
  [`not${field[0]?.toUpperCase()}${field.slice(1)}`]: some(values),
});
/** A record with one or two of the fields. */
const entry = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  some(Object.keys(fields)).chain((keys) =>
    fc.record(Object.fromEntries(keys.map((key) => [key, fields[key] as fc.Arbitrary<unknown>]))),
  );

const from = entry({
  ...both('principals', ['orders', 'orders*', '*-job', '*', 'declared', foreign[0], 'spiffe://partner.example/*']),
  ...both('services', ['cart', '*', 'o*']),
  ...both('namespaces', ['prod', 'p*']),
  ...both('serviceAccounts', ['prod/web']),
  ...both('trustDomains', [trustDomain, 'partner.example', '*']),
  ...both('requestPrincipals', ['*', `${issuer}/ann`]),
  ...both('ipBlocks', ['10.0.0.0/8', '192.0.2.1']),
  ...both('remoteIpBlocks', ['10.0.0.0/8']),
  ...both('versions', ['v1']),
  geo: fc.constant({ countries: ['DE'] }),
  notGeo: fc.constant({ countries: ['DE'] }),
});
const to = entry({
  ...both('methods', ['GET', 'POST', '*']),
  ...both('paths', ['/charge', '/admin/*', '*', '/*', '/{**}']),
  ...both('hosts', ['pay.example.com', '*']),
  ...both('ports', [443, 8443]),
  ...both('rpc', ['charge', 'users.delete', '*']),
});
const when = fc
  .tuple(
    fc.constantFrom(
      ['request.headers[x-user]', ['tester', '*']],
      ['request.auth.claims[role]', ['admin', '*']],
      ['request.auth.principal', ['*', `${issuer}/ann`]],
      ['source.principal', ['orders', '*', foreign[1]]],
      ['source.service', ['cart', '*']],
      ['source.namespace', ['prod']],
      ['source.ip', ['10.0.0.0/8']],
      ['source.version', ['v1']],
      ['destination.port', ['443']],
    ),
    fc.boolean(),
  )
  .map(([[key, values], positive]) => (positive ? { key, values } : { key, notValues: values }));
const during = fc.constantFrom<object>(
  { until: '2026-01-01T00:00:00Z' },
  { until: '2027-01-01T00:00:00Z' },
  { from: '2026-06-01T13:00:00Z' },
  { days: ['Mon'], hours: '09:00-17:00' },
);

const rule = fc
  .record(
    {
      action: fc.constantFrom('allow', 'allow', 'deny', 'audit', 'custom'),
      from: fc.array(from, { minLength: 1, maxLength: 2 }),
      to: fc.array(to, { minLength: 1, maxLength: 2 }),
      when: fc.array(when, { minLength: 1, maxLength: 2 }),
      during,
      dryRun: fc.boolean(),
    },
    { requiredKeys: ['action'] },
  )
  .map((drawn) => withoutFault(drawn) as unknown as Rule);
/** Custom rules have a provider, and only rules that allow or deny have a dry run. */
function withoutFault({ dryRun, ...drawn }: { readonly action: string; readonly dryRun?: boolean }) {
  if (drawn.action === 'custom') return { ...drawn, provider: 'opa' };
  return drawn.action === 'audit' || dryRun !== true ? drawn : { ...drawn, dryRun };
}

const named = fc
  .array(rule, { maxLength: 4 })
  .map((rules) => rules.map((one, index) => ({ ...one, name: `r${index}` })));
const access = fc.record(
  { rules: named, mode: fc.constantFrom('strict', 'permissive'), default: fc.constantFrom('allow', 'deny') },
  { requiredKeys: ['rules'] },
) as fc.Arbitrary<Access>;

/** A service that is public and verifies tokens, or neither, or one of both; and the mesh's document. */
export const world: fc.Arbitrary<{ readonly document: ServiceDocument; readonly mesh: MeshDocument }> = fc
  .record({
    own: access,
    ofMesh: access,
    inherit: fc.boolean(),
    isPublic: fc.boolean(),
    tokens: fc.boolean(),
    carry: fc.constantFrom<string[]>([], ['X-User', 'authorization']),
  })
  .map(({ own, ofMesh, inherit, isPublic, tokens, carry }) => ({
    mesh: { trustDomain, carry, defaults: { access: ofMesh } },
    document: {
      service: 'payment',
      versions: { v1: { worker: 'payment' } },
      ...(isPublic ? { public: { hosts: ['pay.example.com'] } } : {}),
      ...(tokens ? { authentication: { jwt: [{ issuer, jwks: { keys: [] } }] } } : {}),
      access: { ...own, ...(inherit ? {} : { inherit: false }) },
    },
  }));

/** What of a call is not its caller. */
export interface CallParts {
  readonly kind: 'fetch' | 'rpc';
  readonly method: string;
  readonly rpc: string;
  readonly path: string;
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly address: string;
  readonly country: string;
  readonly journey: string;
  readonly user: string;
  readonly role: string;
  readonly reads: boolean;
  readonly atMs: number;
}

export const callParts: fc.Arbitrary<CallParts> = fc.record({
  kind: fc.constantFrom('fetch' as const, 'rpc' as const),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  rpc: fc.constantFrom('charge', 'users', 'users.delete', 'refund'),
  path: fc.constantFrom('/', '/charge', '/admin/x'),
  host: fc.constantFrom('payment', 'pay.example.com'),
  port: fc.constantFrom(443, 8443),
  headers: fc.constantFrom<Readonly<Record<string, string>>>({}, { 'x-user': 'tester' }, { 'x-user': 'other' }),
  address: fc.constantFrom('10.1.2.3', '192.0.2.1', '2001:db8::1'),
  country: fc.constantFrom('DE', 'FR'),
  journey: fc.constantFrom('', 'orders:v1,cart:v1', 'orders:v2'),
  user: fc.constantFrom('ann', 'bob', ''),
  role: fc.constantFrom('admin', 'user'),
  reads: fc.boolean(),
  atMs: fc.constantFrom(nowMs, nowMs + 2 * 3_600_000, nowMs + 86_400_000, nowMs + 400 * 86_400_000),
});

/** Who calls: a service through a binding, somebody from outside, or a member of another mesh. */
export interface Caller {
  readonly door: 'mesh' | 'public';
  readonly service: string;
  readonly principal: string | null;
  /** Whether the call carries a token that was verified. */
  readonly withToken: boolean;
}

/** The call as access rules see it. */
export function factsOf(parts: CallParts, { door, service, principal, withToken }: Caller): CallFacts {
  const fetch = parts.kind === 'fetch';
  const user = withToken && parts.user !== '' ? parts.user : undefined;
  return {
    kind: parts.kind,
    door,
    method: fetch ? parts.method : parts.rpc,
    host: fetch ? parts.host : '',
    path: fetch ? parts.path : '',
    query: '',
    url: fetch ? `https://${parts.host}:${parts.port}${parts.path}` : '',
    header: (name) => parts.headers[name] ?? null,
    principal,
    requestPrincipal: user === undefined ? null : `${issuer}/${user}`,
    claims: withToken ? { iss: issuer, ...(user === undefined ? {} : { sub: user }), role: parts.role } : null,
    geo: () => (door === 'public' ? { continent: 'EU', country: parts.country, colo: 'TXL' } : null),
    peerAddress: () => (door === 'public' ? parts.address : ''),
    address: () => (door === 'public' ? parts.address : ''),
    journey: door === 'mesh' ? parts.journey : '',
    caller: service,
    ...(fetch || parts.reads ? {} : { args: [] }),
  };
}
