import { describe, expect, it } from 'vitest';
import { jwksUriProblem } from '../../src/core/tokens/jwks-uri.ts';
import { sameSecret } from '../../src/identity/same-secret.ts';
import { parseSpiffeId } from '../../src/identity/spiffe-id.ts';

describe('SPIFFE ids', () => {
  const rows: [name: string, text: string, expected: { trustDomain: string; path: string } | undefined][] = [
    ['a service', 'spiffe://mesh.example/svc/orders', { trustDomain: 'mesh.example', path: '/svc/orders' }],
    ['a trust domain alone', 'spiffe://mesh', { trustDomain: 'mesh', path: '' }],
    ['upper case in a trust domain', 'spiffe://Mesh/svc/orders', undefined],
    ['another scheme', 'https://mesh/svc/orders', undefined],
    ['the scheme in upper case', 'SPIFFE://mesh/svc/orders', undefined],
    ['a trailing slash', 'spiffe://mesh/svc/', undefined],
    ['an empty segment', 'spiffe://mesh//orders', undefined],
    ['a dot segment', 'spiffe://mesh/svc/../orders', undefined],
    ['a dot segment at the end', 'spiffe://mesh/svc/..', undefined],
    ['three dots are a name', 'spiffe://mesh/...', { trustDomain: 'mesh', path: '/...' }],
    ['a port', 'spiffe://mesh:1/svc/orders', undefined],
    ['a user', 'spiffe://u@mesh/svc/orders', undefined],
    ['a query', 'spiffe://mesh/svc/orders?x', undefined],
    ['percent encoding', 'spiffe://mesh/svc/%6frders', undefined],
    ['no trust domain', 'spiffe:///svc/orders', undefined],
    ['a line break at the end', 'spiffe://mesh/svc/orders\n', undefined],
    ['more than 2048 characters', `spiffe://mesh/${'a'.repeat(2048)}`, undefined],
  ];
  for (const [name, text, expected] of rows) it(name, () => expect(parseSpiffeId(text)).toEqual(expected));
});

describe('where a JWKS may be fetched', () => {
  const rows: [uri: string, inProduction: boolean, inDevelopment: boolean][] = [
    ['https://idp.example.com/jwks.json', true, true],
    ['https://idp.example.com:8443/jwks.json', true, true],
    ['https://8.8.8.8/jwks.json', true, true],
    ['https://[2606:4700::1111]/jwks.json', true, true],
    ['http://idp.example.com/jwks.json', false, false],
    ['http://127.0.0.1:1234/jwks.json', false, true],
    ['https://localhost/jwks.json', false, true],
    ['http://idp.localhost:8080/', false, true],
    ['http://[::1]:8080/', false, true],
    ['http://2130706433/', false, true],
    ['http://0x7f.1/', false, true],
    ['https://0.0.0.0/', false, false],
    ['https://10.0.0.1/', false, false],
    ['https://100.64.0.1/', false, false],
    ['https://169.254.169.254/latest/meta-data', false, false],
    ['https://172.16.0.1/', false, false],
    ['https://172.31.255.255/', false, false],
    ['https://172.32.0.1/', true, true],
    ['https://192.168.1.1/', false, false],
    ['https://198.18.0.1/', false, false],
    ['https://224.0.0.1/', false, false],
    ['https://[::]/', false, false],
    ['https://[::ffff:10.0.0.1]/', false, false],
    ['https://[::ffff:127.0.0.1]/', false, false],
    ['https://[64:ff9b::a00:1]/', false, false],
    ['https://[fe80::1]/', false, false],
    ['https://[fd00::1]/', false, false],
    ['https://[2002:a00:1::]/', false, false],
    ['https://[2001:db8::1]/', false, false],
    ['https://metadata.google.internal/', false, false],
    ['https://printer.local./', false, false],
    ['https://intranet/', false, false],
    ['https://user:secret@idp.example.com/', false, false],
    ['file:///etc/passwd', false, false],
    ['ftp://localhost/', false, false],
    ['/jwks.json', false, false],
  ];
  for (const [uri, inProduction, inDevelopment] of rows) {
    it(`${uri}: ${inProduction ? 'always' : inDevelopment ? 'in development' : 'never'}`, () => {
      expect(jwksUriProblem(uri, false) === undefined).toBe(inProduction);
      expect(jwksUriProblem(uri, true) === undefined).toBe(inDevelopment);
    });
  }
});

describe('secrets', () => {
  const rows: [name: string, one: string, other: string, equal: boolean][] = [
    ['equal ones are equal', 's3cret', 's3cret', true],
    ['a prefix is not', 's3cre', 's3cret', false],
    ['another case is not', 'S3cret', 's3cret', false],
    ['a secret that was never set opens nothing', '', '', false],
  ];
  for (const [name, one, other, equal] of rows) it(name, async () => expect(await sameSecret(one, other)).toBe(equal));
});
