/** Services whose access rules are attacks' aim: each path stands for one rule, and what no rule allows is refused. */
import { makeKey, type TestKey } from '../../identity/tokens/make-token.ts';

export const issuers = {
  /** The one that rules name. */
  idp: 'https://idp.example',
  /** Its name goes on where the name of the first ends. */
  below: 'https://idp.example/ann',
  /** Its name ends as that of the first does. */
  alike: 'https://evil.example/https://idp.example',
} as const;

/** Of all issuers: who they are say their names. */
export const usersKey: Promise<TestKey> = makeKey('users');

const allow = (path: string, rule: object) => ({ action: 'allow', to: { paths: [`/${path}`] }, ...rule });
const when = (key: string, values: object) => ({ when: [{ key, ...values }] });

/** What holds for every service of the mesh; RPC calls are left alone, which have no such header. */
export const meshRules = {
  rules: [
    {
      name: 'banned',
      action: 'deny',
      to: { methods: ['*'], rpc: ['banned'] },
      when: [{ key: 'request.headers[x-banned]', values: ['*'] }],
    },
  ],
};

export async function ruledServices(): Promise<Readonly<Record<string, object>>> {
  const jwks = { keys: [(await usersKey).jwk] };
  const service = (name: string, access: object) => ({
    service: name,
    public: { hosts: [`${name}.example`] },
    versions: { v1: { worker: 'callee' } },
    authentication: { jwt: Object.values(issuers).map((issuer) => ({ issuer, jwks })) },
    access,
  });
  const ruled = service('ruled', {
    rules: [
      allow('ann', { from: { requestPrincipals: [`${issuers.idp}/ann`] } }),
      allow('slash', { from: { requestPrincipals: [`${issuers.below}/bob`] } }),
      allow('orders', { from: { principals: ['orders'] } }),
      allow('services', { from: { services: ['*'] } }),
      allow('domain', { from: { trustDomains: ['mesh.local'] } }),
      allow('role', when('request.auth.claims[role]', { values: ['admin'] })),
      allow('level', when('request.auth.claims[level]', { values: ['7'] })),
      allow('nested', when('request.auth.claims[realm][role]', { values: ['admin'] })),
      allow('any-claim', when('request.auth.claims[constructor]', { values: ['*'] })),
      allow('not-bad', when('request.headers[x-key]', { notValues: ['bad'] })),
      allow('only-good', {}),
      allow('later', { during: { from: '2999-01-01T00:00:00Z' } }),
      allow('over', { during: { until: '2020-01-01T00:00:00Z' } }),
      allow('dry', { dryRun: true }),
      allow('watched', {}),
      allow('banned', {}),
      { action: 'deny', to: { paths: ['/only-good'] }, ...when('request.headers[x-key]', { notValues: ['good'] }) },
      { action: 'deny', dryRun: true, to: { paths: ['/watched'] } },
      { action: 'audit', to: { paths: ['/watched'] } },
    ],
  });
  const apart = service('apart', { inherit: false });
  return { ruled, apart };
}
