import { describe, expect, test } from 'vitest';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import type { MeshDocument } from '../../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { fetchCall } from '../../support/calls.ts';

type Access = NonNullable<ServiceDocument['access']>;
type Defaults = NonNullable<MeshDocument['defaults']>;

function compiled(
  access: Access | undefined,
  ofMesh?: Defaults['access'],
  more: Partial<ServiceDocument> = {},
  mesh: MeshDocument = {},
): Snapshot {
  const settings = compileMesh({ ...mesh, defaults: { ...mesh.defaults, access: ofMesh } }, '');
  const document: ServiceDocument = { service: 'payment', versions: { v1: { worker: 'payment' } }, access, ...more };
  return compileService(document, settings, { revision: 'r', declared: ['orders'] });
}

const orders = fetchCall({ principal: 'spiffe://mesh.local/svc/orders' });
const verdict = (snapshot: Snapshot, call = orders) => snapshot.authorise?.(call, 0);

describe("a service's access and the mesh's", () => {
  test.each<{ name: string; own?: Access; mesh?: Defaults['access']; says: object | undefined }>([
    { name: 'neither: nothing is decided', says: undefined },
    { name: 'the mesh alone', mesh: { rules: [{ action: 'deny' }] }, says: { allowed: false, rule: 'mesh/rules[0]' } },
    {
      name: 'rules of both',
      own: { rules: [{ action: 'allow' }] },
      mesh: { rules: [{ name: 'no-orders', action: 'deny', from: { services: ['orders'] } }] },
      says: { allowed: false, rule: 'mesh/no-orders' },
    },
    {
      name: 'an allow rule of the mesh closes the rest',
      own: {},
      mesh: { rules: [{ action: 'allow', from: { services: ['cart'] } }] },
      says: { allowed: false, rule: '' },
    },
    {
      name: 'inherit: false leaves all of it out',
      own: { inherit: false },
      mesh: { default: 'deny', rules: [{ action: 'deny' }] },
      says: { allowed: true, rule: '' },
    },
    {
      name: "the mesh's default",
      own: {},
      mesh: { default: 'deny' },
      says: { allowed: false, reason: 'no-allow-rule' },
    },
    {
      name: "the service's default goes before it",
      own: { default: 'allow' },
      mesh: { default: 'deny' },
      says: { allowed: true },
    },
    {
      name: 'default: deny without any rule',
      own: { default: 'deny' },
      says: { allowed: false, reason: 'no-allow-rule' },
    },
  ])('$name', ({ own, mesh, says }) => {
    const found = verdict(compiled(own, mesh));
    if (says === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(says);
  });

  test.each<{ name: string; own?: Access; mesh?: Defaults['access']; allowed: boolean }>([
    { name: "the mesh's mode", own: {}, mesh: { mode: 'strict' }, allowed: false },
    { name: "the service's goes before it", own: { mode: 'permissive' }, mesh: { mode: 'strict' }, allowed: true },
    {
      name: 'also where it is the stricter one',
      own: { mode: 'strict' },
      mesh: { mode: 'permissive' },
      allowed: false,
    },
  ])('strict by $name', ({ own, mesh, allowed }) => {
    expect(verdict(compiled(own, mesh), fetchCall())?.allowed).toBe(allowed);
  });

  test('an id of an alias of the trust domain is as good as one of its own', () => {
    const rules: Access['rules'] = [{ action: 'allow', from: { principals: ['declared'] } }];
    const of = (trustDomain: string) =>
      verdict(
        compiled({ rules }, undefined, {}, { trustDomain: 'new', trustDomainAliases: ['old'] }),
        fetchCall({ principal: `spiffe://${trustDomain}/svc/orders` }),
      )?.allowed;
    expect(['new', 'old', 'other'].map(of)).toEqual([true, true, false]);
  });
});

describe('paths are made canonical where a rule judges by path', () => {
  const byPath: Defaults['access'] = { rules: [{ action: 'deny', to: [{ methods: ['GET'] }, { notPaths: ['/a'] }] }] };
  test.each<{ name: string; own?: Access; mesh?: Defaults['access']; said?: 'none'; expected: string }>([
    {
      name: 'none beside no such rule',
      own: { rules: [{ action: 'deny', to: { methods: ['GET'] } }] },
      expected: 'none',
    },
    { name: "beside the service's own", own: byPath, expected: 'base' },
    {
      name: 'beside a rule that asks an authoriser',
      own: { rules: [{ action: 'custom', provider: 'opa' }] },
      expected: 'base',
    },
    { name: "beside the mesh's", mesh: byPath, expected: 'base' },
    { name: "beside the mesh's, whatever the service says", mesh: byPath, said: 'none', expected: 'base' },
    {
      name: "not beside the mesh's that it has turned off",
      own: { inherit: false },
      mesh: byPath,
      said: 'none',
      expected: 'none',
    },
  ])('$name', ({ own, mesh, said, expected }) => {
    const snapshot = compiled(own, mesh, { normalization: said }, { defaults: { normalization: 'none' } });
    expect(snapshot.normalization).toBe(expected);
  });
});

describe('external authorisers', () => {
  const custom: Access['rules'] = [{ name: 'ask', action: 'custom', provider: 'opa' }];

  test('there are none without custom rules', () => {
    expect(compiled({ providers: { opa: { worker: 'opa' } }, rules: [] }).consult).toBeUndefined();
  });

  test('a rule may ask one that the mesh describes, and the service describes it anew', () => {
    const ofMesh: Defaults['access'] = { providers: { opa: { service: 'authz' } } };
    const { consult } = compiled({ rules: custom }, ofMesh);
    expect(consult?.asked(orders, 0)).toEqual([{ provider: 'opa', rule: 'ask' }]);
    expect(consult?.authorisers.get('opa')?.endpoint).toEqual({
      kind: 'service',
      version: 'authz',
      service: 'authz',
      caller: 'payment',
    });
    const own = compiled({ rules: custom, providers: { opa: { worker: 'mine' } } }, ofMesh).consult;
    expect(own?.authorisers.get('opa')?.endpoint).toEqual({ kind: 'worker', version: 'opa', worker: 'mine' });
    expect(compiled({ rules: custom }).consult?.authorisers.get('opa')).toBeUndefined();
  });

  test('names and durations are made ready', () => {
    const opa = {
      url: 'https://authz.example.com/base',
      pathPrefix: '/check/',
      requestHeaders: ['X-A', 'Authorization'],
      addHeaders: { 'X-Mesh': 'shop' },
      upstreamHeaders: ['X-User', 'X-A'],
      downstreamHeaders: ['Location'],
      cache: { ttl: '5s' },
    };
    const authoriserOf = (mesh?: MeshDocument) =>
      compiled({ rules: custom, providers: { opa } }, undefined, {}, mesh).consult?.authorisers.get('opa');
    expect(authoriserOf()).toEqual({
      name: 'opa',
      endpoint: { kind: 'url', version: 'opa', url: 'https://authz.example.com/base', audience: '', denied: false },
      pathPrefix: '/check',
      timeoutMs: 500,
      failOpen: false,
      statusOnError: 403,
      requestHeaders: ['authorization', 'x-a'],
      addHeaders: [['x-mesh', 'shop']],
      upstreamHeaders: ['x-user', 'x-a'],
      ownHeaders: ['x-user'],
      downstreamHeaders: ['location'],
      cacheMs: 5000,
    });
    expect(authoriserOf({ egress: { hosts: ['other.example.com'] } })?.endpoint).toMatchObject({ denied: true });
    expect(authoriserOf({ egress: { hosts: ['*.example.com'] } })?.endpoint).toHaveProperty('denied', false);
  });
});
