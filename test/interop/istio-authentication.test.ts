/** PeerAuthentication, RequestAuthentication and Istio's own configuration in documents. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ImportOptions } from '../../src/interop/import-manifests.ts';
import { imported, inhabitant, policy } from './imported.ts';

const orders = inhabitant('orders');
const text = (yaml: string) => parse(yaml) as unknown;

function findings(manifests: string, options: ImportOptions = {}): string[] {
  const { issues } = imported(manifests, options).imported;
  return issues.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

describe('PeerAuthentication: whether a caller must have proven who it is', () => {
  const peers = (spec: string, metadata?: string): string => policy('PeerAuthentication', spec, metadata);
  const mode = (word: string): string => `{ mtls: { mode: ${word} } }`;
  const forOrders = '{ selector: { matchLabels: { app: orders } }, mtls: { mode: PERMISSIVE } }';

  test.each([
    { name: 'of a namespace', manifests: peers(mode('STRICT')), access: '{ mode: strict }' },
    {
      name: 'of a workload, before its namespace',
      manifests: peers(mode('STRICT'), 'name: ns, namespace: shop') + peers(forOrders),
      access: '{ mode: permissive }',
    },
    {
      name: 'the oldest of one level',
      manifests:
        peers(mode('STRICT'), 'name: a, namespace: shop, creationTimestamp: "2026-02-01T00:00:00Z"') +
        peers(mode('PERMISSIVE'), 'name: b, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"'),
      access: '{ mode: permissive }',
    },
    {
      name: 'UNSET takes the wider one',
      manifests: peers(mode('STRICT'), 'name: default, namespace: istio-system') + peers(mode('UNSET')),
      access: '{ mode: strict }',
    },
    {
      name: 'DISABLE is permissive, which is said',
      manifests: peers(mode('DISABLE')),
      access: '{ mode: permissive }',
      found: ['warning SV0203 spec.mtls.mode'],
    },
    {
      name: 'a selector in the root namespace has no effect, as in Istio',
      manifests: peers(
        '{ selector: { matchLabels: { app: orders } }, mtls: { mode: STRICT } }',
        'name: p, namespace: istio-system',
      ),
      access: undefined,
      found: ['warning SV0203 spec.selector'],
    },
    {
      name: 'ports that all have the same mode',
      manifests: peers(
        '{ selector: { matchLabels: { app: orders } }, portLevelMtls: { 8080: { mode: STRICT }, 9090: { mode: STRICT } } }',
      ),
      access: '{ mode: strict }',
    },
    {
      name: 'ports that differ: the strict one, which is an error',
      manifests: peers(
        '{ selector: { matchLabels: { app: orders } }, mtls: { mode: STRICT }, portLevelMtls: { 8080: { mode: DISABLE } } }',
      ),
      access: '{ mode: strict }',
      found: ['error SV0201 spec.portLevelMtls'],
    },
    {
      name: 'a mode that is none is never taken for an open one',
      manifests: peers(mode('STRCT')),
      access: undefined,
      found: ['error SV0007 spec.mtls.mode', 'error SV0209 '],
    },
  ])('$name', ({ manifests, access, found = [] }) => {
    expect(findings(orders + manifests)).toEqual(found);
    expect(imported(orders + manifests).documents.orders?.access).toEqual(
      access === undefined ? undefined : text(access),
    );
  });

  test('ports that differ are told of the policy that has them, not of a wider one', () => {
    const wide = peers(mode('PERMISSIVE'), 'name: ns, namespace: shop');
    const own = peers(
      '{ selector: { matchLabels: { app: orders } }, mtls: { mode: STRICT }, portLevelMtls: { 8080: { mode: DISABLE } } }',
    );
    const lines = [orders + wide + own, orders + own + wide].map((manifests) => {
      const line = imported(manifests).imported.issues.find(({ code }) => code === 'SV0201')?.line ?? 0;
      return manifests.split('\n')[line - 1];
    });
    expect(lines).toEqual([expect.stringContaining('portLevelMtls'), expect.stringContaining('portLevelMtls')]);
  });

  test('a service that is told beside the manifests has the mode of its namespace too', () => {
    const { documents } = imported(peers(mode('STRICT')), { namespaces: { shop: ['cart'] } });
    expect(documents.cart?.access).toEqual({ mode: 'strict' });
  });

  test('of the mesh, it is a default, and gateways are called from outside all the same', () => {
    const gateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: shop }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
---
`;
    const { mesh, documents } = imported(gateway + peers(mode('STRICT'), 'name: default, namespace: istio-system'));
    expect([mesh, documents.gw?.access]).toEqual([
      { defaults: { access: { mode: 'strict' } } },
      { mode: 'permissive' },
    ]);
  });
});

describe('RequestAuthentication: whose tokens say who the end user is', () => {
  const issuers = (rules: string, metadata?: string): string =>
    policy('RequestAuthentication', `{ jwtRules: ${rules} }`, metadata);

  test.each([
    {
      name: 'all that a rule can say',
      rules: `[{ issuer: i, audiences: [a], jwksUri: "https://keys.example.com/k", fromHeaders: [{ name: x-jwt, prefix: "Value " }, { name: x-b }], fromParams: [t], fromCookies: [c], outputPayloadToHeader: x-payload, forwardOriginalToken: true, outputClaimToHeaders: [{ header: x-sub, claim: a.b }], timeout: 1.5s, spaceDelimitedClaims: [roles] }]`,
      jwt: `[{ issuer: i, audiences: [a], jwksUri: "https://keys.example.com/k", fromHeaders: [{ name: x-jwt, prefix: "Value " }, { name: x-b }], fromParams: [t], fromCookies: [c], forwardOriginalToken: true, outputPayloadToHeader: x-payload, outputClaimToHeaders: [{ header: x-sub, claim: a.b }], spaceDelimitedClaims: [roles], timeout: 1500ms }]`,
    },
    {
      name: 'keys that stand in the rule',
      rules: `[{ issuer: i, jwks: '{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "k"}]}' }]`,
      jwt: '[{ issuer: i, jwks: { keys: [{ kty: RSA, n: AQAB, e: AQAB, kid: k }] } }]',
    },
    {
      name: 'keys that only a cluster can fetch, at the address where they are published',
      rules: '[{ issuer: i, jwksUri: "http://keys.infra:8000/jwks?a=b" }]',
      jwt: '[{ issuer: i, jwksUri: "https://keys.example.com/jwks?a=b" }]',
      options: { keyAddresses: { 'http://keys.infra:8000': 'https://keys.example.com' } },
    },
    {
      name: 'sorted by issuer',
      rules: '[{ issuer: b, jwksUri: "https://b.example.com" }, { issuer: a, jwksUri: "https://a.example.com" }]',
      jwt: '[{ issuer: a, jwksUri: "https://a.example.com" }, { issuer: b, jwksUri: "https://b.example.com" }]',
    },
    {
      name: 'keys that cannot be fetched',
      rules: '[{ issuer: i, jwksUri: "http://keys.infra:8000/jwks" }]',
      jwt: undefined,
      found: ['error SV0201 spec.jwtRules[0].jwksUri'],
    },
    {
      name: 'keys that are none',
      rules: '[{ issuer: i, jwks: "{" }]',
      jwt: undefined,
      found: ['error SV0201 spec.jwtRules[0].jwks'],
    },
  ])('$name', ({ rules, jwt, options, found = [] }) => {
    expect(findings(orders + issuers(rules), options)).toEqual(found);
    expect(imported(orders + issuers(rules), options).documents.orders?.authentication?.jwt).toEqual(
      jwt === undefined ? undefined : text(jwt),
    );
  });

  test('of several policies the issuers are joined; those of the mesh are a default', () => {
    const rule = (issuer: string): string => `[{ issuer: ${issuer}, jwksUri: "https://keys.example.com" }]`;
    const { mesh, documents } = imported(
      orders +
        issuers(rule('b'), 'name: b, namespace: shop') +
        issuers(rule('a'), 'name: a, namespace: shop') +
        issuers(rule('m'), 'name: m, namespace: istio-system'),
    );
    expect(documents.orders?.authentication?.jwt?.map(({ issuer }) => issuer)).toEqual(['a', 'b']);
    expect(mesh?.defaults?.authentication?.jwt?.map(({ issuer }) => issuer)).toEqual(['m']);
  });

  test('an issuer may not be lost where a rule refuses by its tokens', () => {
    const lost = issuers('[{ issuer: i, jwksUri: "http://keys.infra" }]');
    const rule = (source: string): string =>
      policy('AuthorizationPolicy', `{ action: DENY, rules: [{ from: [{ source: ${source} }] }] }`);
    expect(findings(orders + lost + rule('{ requestPrincipals: [i/mallory] }'), { lenient: true })).toContain(
      'error SV0209 ',
    );
    expect(findings(orders + lost + rule('{ notRequestPrincipals: ["*"] }'), { lenient: true })).not.toContain(
      'error SV0209 ',
    );
  });
});

describe("Istio's own configuration", () => {
  const operator = (config: string): string => `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: { name: i, namespace: istio-system }
spec: { meshConfig: ${config} }
---
`;
  const configMap = (config: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: '${config}' }
---
`;

  test.each([
    {
      name: 'trust domain, aliases and paths, of an IstioOperator',
      manifests: operator(
        '{ trustDomain: td.example, trustDomainAliases: [old.example], pathNormalization: { normalization: MERGE_SLASHES } }',
      ),
    },
    {
      name: 'or of the ConfigMap of an installed mesh',
      manifests: configMap(
        '{ trustDomain: td.example, trustDomainAliases: [old.example], pathNormalization: { normalization: MERGE_SLASHES } }',
      ),
    },
  ])('$name', ({ manifests }) => {
    const { mesh, issues } = imported(manifests);
    expect(issues).toEqual([]);
    expect(mesh).toEqual(
      text(
        '{ trustDomain: td.example, trustDomainAliases: [old.example], defaults: { normalization: merge-slashes } }',
      ),
    );
  });

  test('what else it says is named', () => {
    const { issues } = imported(
      configMap(
        '{ enableTracing: true, defaultConfig: { concurrency: 2 }, extensionProviders: [{ name: otel, opentelemetry: {} }] }',
      ),
    ).imported;
    expect(issues.map(({ file, code, path }) => `${file} ${code} ${path}`)).toEqual([
      'in.yaml#data.mesh SV0203 enableTracing',
      'in.yaml#data.mesh SV0203 defaultConfig.concurrency',
      'in.yaml#data.mesh SV0203 extensionProviders[0]',
    ]);
  });

  test('principals of its trust domains are services of this mesh', () => {
    const rules = policy(
      'AuthorizationPolicy',
      '{ rules: [{ from: [{ source: { principals: [old.example/ns/shop/sa/orders, cluster.local/ns/shop/sa/orders] } }] }] }',
    );
    const { documents } = imported(
      orders + operator('{ trustDomain: td.example, trustDomainAliases: [old.example] }') + rules,
    );
    expect([documents.orders?.access?.rules?.[0]?.from].flat()[0]?.principals).toEqual([
      'orders',
      'spiffe://old.example/ns/shop/sa/orders',
      'spiffe://td.example/ns/shop/sa/orders',
    ]);
  });

  test('a rule about the trust domain that Istio has by default is one about this mesh', () => {
    const rules = policy(
      'AuthorizationPolicy',
      '{ action: DENY, rules: [{ from: [{ source: { trustDomains: [cluster.local] } }] }] }',
    );
    expect(imported(orders + rules).mesh).toEqual({ trustDomainAliases: ['cluster.local'] });
    expect(imported(orders + operator('{ trustDomain: cluster.local }') + rules).mesh).toEqual({
      trustDomain: 'cluster.local',
    });
  });

  test('proxies before its gateways are trusted as far as it says', () => {
    const gateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
---
`;
    const { documents } = imported(
      gateway + operator('{ defaultConfig: { gatewayTopology: { numTrustedProxies: 2 } } }'),
    );
    expect(documents.gw?.public?.clientAddress).toEqual({ trustedProxies: 2 });
  });

  const asked = (provider: string): string =>
    orders +
    operator(`{ extensionProviders: [{ name: who, ${provider} }] }`) +
    policy(
      'AuthorizationPolicy',
      '{ action: CUSTOM, provider: { name: who }, rules: [{ to: [{ operation: { paths: [/a] } }] }] }',
    );

  test.each([
    {
      name: 'an external authoriser in the mesh',
      provider:
        'envoyExtAuthzHttp: { service: authz.shop.svc.cluster.local, port: 8000, timeout: 1s, pathPrefix: /check, failOpen: true, statusOnError: "503", includeRequestHeadersInCheck: [x-a, authorization], includeAdditionalHeadersInCheck: { x-b: c }, headersToUpstreamOnAllow: [x-d], headersToDownstreamOnDeny: [x-e] }',
      declared:
        '{ service: authz, timeout: 1s, pathPrefix: /check, failOpen: true, statusOnError: 503, requestHeaders: [x-a], addHeaders: { x-b: c }, upstreamHeaders: [x-d], downstreamHeaders: [x-e] }',
    },
    {
      name: 'one outside of it',
      provider: 'envoyExtAuthzHttp: { service: authz.example.com, port: 8443 }',
      declared: '{ url: "http://authz.example.com:8443" }',
    },
  ])('$name', ({ provider, declared }) => {
    const { documents, issues } = imported(asked(provider));
    expect(issues).toEqual([]);
    expect(documents.orders?.access).toEqual({
      rules: [{ name: 'shop.p.0', action: 'custom', provider: 'who', to: { paths: ['/a'] } }],
      providers: { who: text(declared) },
    });
  });

  test.each([
    { name: 'one by gRPC', provider: 'envoyExtAuthzGrpc: { service: authz.example.com, port: 9000 }' },
    {
      name: 'one that reads bodies',
      provider: 'envoyExtAuthzHttp: { service: a.shop, port: 80, includeRequestBodyInCheck: {} }',
    },
  ])('$name is an error, whatever is asked for', ({ provider }) => {
    expect(findings(asked(provider), { lenient: true })).toContain('error SV0209 spec.provider.name');
  });
});
