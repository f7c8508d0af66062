/** What versions, balancing, sticky keys and sessions come to. */
import { describe, expect, it } from 'vitest';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';

const mesh = compileMesh(undefined, '');
const compiled = (document: Partial<ServiceDocument>) =>
  compileService({ service: 'x', versions: { v1: { worker: 'one' } }, ...document }, mesh, {
    revision: '',
    declared: [],
  });
const targetOf = (document: Partial<ServiceDocument>) => compiled(document).routes[0]?.backends[0]?.target;
const routeOf = (more: object) =>
  compiled({ routes: [{ name: 'r', backends: [{ version: 'v1' }], ...more }] as ServiceDocument['routes'] }).routes[0];

describe('balancing', () => {
  it('is by least request and nearness, without outlier detection, where a document says nothing', () => {
    const balance = { algorithm: 'least-request', by: [], locality: { distribute: [], failover: [] } };
    expect(targetOf({})).toEqual({
      name: 'v1',
      endpoints: [{ kind: 'worker', version: 'v1', worker: 'one' }],
      balance,
    });
  });
  it.each([
    ['the service', { balance: { algorithm: 'random' }, outlier: {} }, {}],
    ['the version', {}, { balance: { algorithm: 'random' }, outlier: {} }],
    [
      'the version before the service',
      { balance: { algorithm: 'round-robin' } },
      { balance: { algorithm: 'random' }, outlier: {} },
    ],
  ] as const)('is what %s says', (_rule, service, version) => {
    const target = targetOf({ ...service, versions: { v1: { worker: 'one', ...version } } });
    expect([target?.balance.algorithm, target?.outlier]).toEqual([
      'random',
      { consecutiveErrors: 5, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectedPercent: 10 },
    ]);
  });
  it('does not look at localities where that is turned off', () => {
    expect(targetOf({ balance: { locality: { enabled: false } } })?.balance.locality).toBeUndefined();
  });
  it('reads localities part by part, a star being none', () => {
    const locality = { distribute: [{ from: '*', to: { 'EU/*': 100 } }], failover: [{ from: 'EU', to: 'NA' }] };
    expect(targetOf({ balance: { locality } })?.balance.locality).toEqual({
      distribute: [{ from: [], to: [[['EU'], 100]] }],
      failover: [{ from: ['EU'], to: ['NA'] }],
    });
    const endpoints = [{ worker: 'a', locality: 'EU/DE/TXL', weight: 3 }, { url: 'https://b.example' }];
    expect(targetOf({ versions: { v1: { endpoints } } })?.endpoints).toEqual([
      { kind: 'worker', version: 'v1', worker: 'a', locality: ['EU', 'DE', 'TXL'], weight: 3 },
      { kind: 'url', version: 'v1', url: 'https://b.example', audience: 'https://b.example' },
    ]);
  });
});

describe('keys', () => {
  it.each([
    [{ header: 'X-User' }, { kind: 'header', name: 'x-user' }],
    [{ cookie: 'User' }, { kind: 'cookie', name: 'User', ttlMs: undefined, path: '/' }],
    [
      { cookie: 'User', ttl: '720h', path: '/a' },
      { kind: 'cookie', name: 'User', ttlMs: 2_592_000_000, path: '/a' },
    ],
    [
      { cookie: 'User', ttl: '0s' },
      { kind: 'cookie', name: 'User', ttlMs: 0, path: '/' },
    ],
    [{ queryParam: 'u' }, { kind: 'queryParam', name: 'u' }],
    [{ claim: 'realm.role' }, { kind: 'claim', name: 'realm.role' }],
    [{ caller: true }, { kind: 'caller' }],
    [{ address: true }, { kind: 'address' }],
  ])('%o', (key, expected) => {
    expect(routeOf({ sticky: { by: [key] } })?.sticky).toEqual([expected]);
  });
});

describe('sessions', () => {
  const none = { exact: [], expressions: [] };
  it.each([
    [
      'a cookie that the route names',
      {},
      { name: 'selvedge-session-r', type: 'Cookie', permanent: false, paths: none },
    ],
    [
      'a header, in lower case',
      { type: 'Header', sessionName: 'X-S' },
      { name: 'x-s', type: 'Header', permanent: false, paths: none },
    ],
    [
      'times, and a cookie that stays',
      { sessionName: 'S', absoluteTimeout: '720h', idleTimeout: '1m', cookieConfig: { lifetimeType: 'Permanent' } },
      {
        name: 'S',
        type: 'Cookie',
        absoluteTimeoutMs: 2_592_000_000,
        idleTimeoutMs: 60_000,
        permanent: true,
        paths: none,
      },
    ],
  ])('%s', (_rule, sessionPersistence, expected) => {
    expect(routeOf({ sessionPersistence })?.session).toEqual(expected);
  });
  it('know the paths of their matches', () => {
    const path = (type: string, value: string) => ({ path: { type, value } });
    const matches = [path('Exact', '/login'), path('PathPrefix', '/app'), path('RegularExpression', '/a/b/.*')];
    expect(routeOf({ matches, sessionPersistence: {} })?.session?.paths).toEqual({
      exact: ['/login'],
      expressions: ['/a/b'],
    });
  });
});
