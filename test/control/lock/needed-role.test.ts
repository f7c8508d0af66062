/** Who may do what: the least role by method and path, and by what changes. */
import { describe, expect, it } from 'vitest';
import { roleForChange, roleForRequest } from '../../../src/control/lock/needed-role.ts';
import { soundValue } from '../../../src/model/sound-document.ts';

describe('roleForRequest', () => {
  it.each([
    ['GET', '/', 'viewer'],
    ['GET', '/api/status', 'viewer'],
    ['HEAD', '/api/documents', 'viewer'],
    ['GET', '/api/documents/service/payment', 'viewer'],
    ['GET', '/traces/1', 'viewer'],
    ['GET', '/api/audit', 'operator'],
    ['GET', '/audit', 'operator'],
    ['HEAD', '/audit', 'operator'],
    ['POST', '/api/services/payment/split', 'operator'],
    ['PUT', '/api/documents/service/payment', 'operator'],
    ['PUT', '/api/documents/service%2Fpayment', 'operator'],
    ['PUT', '/api/documents/mesh', 'admin'],
    ['DELETE', '/api/documents/service/payment', 'admin'],
    ['POST', '/api/documents', 'viewer'],
    ['POST', '/api/services/payment/split/more', 'admin'],
    ['POST', '/api/whatever', 'admin'],
    ['PATCH', '/api/documents/service/payment', 'admin'],
    ['PURGE', '/', 'admin'],
    ['OPTIONS', '/', 'admin'],
  ] as const)('%s %s needs %s', (method, path, role) => {
    expect(roleForRequest(method, path)).toBe(role);
  });
});

const payment = {
  service: 'payment',
  versions: { v1: { worker: 'payment' }, old: { url: 'https://pay.example.com', mtls: 'PAY' } },
  routes: [{ name: 'default', backends: [{ version: 'v1', weight: 1 }] }],
  access: { mode: 'strict', rules: [{ action: 'allow', from: { principals: ['declared'] } }] },
};

function service(value: object) {
  const document = soundValue('service', { ...payment, ...value });
  if (document === undefined) throw new Error(`not a sound document: ${JSON.stringify(value)}`);
  return document;
}

describe('roleForChange', () => {
  const before = service({});
  it.each([
    {
      name: 'weights',
      after: { routes: [{ name: 'default', backends: [{ version: 'v1', weight: 9 }] }] },
      role: 'operator',
    },
    {
      name: 'another Worker of the account',
      after: { versions: { ...payment.versions, v2: { worker: 'payment-v2' } } },
      role: 'operator',
    },
    { name: 'how endpoints are chosen', after: { balance: { algorithm: 'random' } }, role: 'operator' },
    { name: 'when endpoints are left out', after: { outlier: { consecutiveErrors: 3 } }, role: 'operator' },
    {
      name: 'the same in another order',
      after: { access: { rules: payment.access.rules, mode: 'strict' } },
      role: 'operator',
    },
    { name: 'a place outside is taken away', after: { versions: { v1: { worker: 'payment' } } }, role: 'operator' },
    { name: 'who may call', after: { access: { mode: 'permissive' } }, role: 'admin' },
    { name: 'that no rule says any more who may call', after: { access: undefined }, role: 'admin' },
    { name: 'whose tokens are believed', after: { authentication: { jwt: [] } }, role: 'admin' },
    { name: 'that it is public', after: { public: { hosts: ['pay.example.com'] } }, role: 'admin' },
    { name: 'where it may call', after: { egress: { hosts: ['a.example'] } }, role: 'admin' },
    { name: 'how paths are read, which rules judge', after: { normalization: 'none' }, role: 'admin' },
    { name: 'what is served when KV is out of reach', after: { onStale: 'serve' }, role: 'admin' },
    {
      name: 'a new place outside',
      after: { versions: { ...payment.versions, v2: { url: 'https://evil.example' } } },
      role: 'admin',
    },
    {
      name: 'a new place outside among endpoints',
      after: { versions: { ...payment.versions, v2: { endpoints: [{ url: 'https://evil.example' }] } } },
      role: 'admin',
    },
    {
      name: 'another proof of who asks for a place outside',
      after: { versions: { v1: { worker: 'payment' }, old: { url: 'https://pay.example.com', audience: 'bank' } } },
      role: 'admin',
    },
    {
      name: 'weights and who may call',
      after: { access: undefined, routes: [{ name: 'default', backends: [{ version: 'old' }] }] },
      role: 'admin',
    },
  ])('$name: $role', ({ after, role }) => {
    expect(roleForChange(before, service(after)).role).toBe(role);
  });

  const mesh = soundValue('mesh', { trustDomain: 'shop.example' });
  it.each([
    { name: 'a new document', from: undefined, to: before },
    { name: 'a document that is deleted', from: before, to: undefined },
    { name: 'what replaces a malformed value', from: 'malformed' as const, to: before },
    { name: 'any change of the mesh document', from: mesh, to: soundValue('mesh', { trustDomain: 'other.example' }) },
    { name: 'a new mesh document', from: undefined, to: mesh },
  ])('$name: admin', ({ from, to }) => {
    expect(roleForChange(from, to).role).toBe('admin');
  });

  it('says what it is that needs the role', () => {
    expect(roleForChange(before, service({ access: undefined, public: { hosts: ['a.example'] } })).why).toBe(
      'a change of access, public',
    );
  });
});
