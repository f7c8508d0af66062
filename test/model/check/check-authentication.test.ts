import { describe, expect, it } from 'vitest';
import { pathText } from '../../../src/model/findings/issue.ts';
import { validateDocument } from '../../../src/model/validate.ts';

const issuer = 'https://idp.test';

/** What is wrong with one rule, in a service document and in the mesh document alike, as `path: message (expected)`. */
function faultsOf(rule: object): string[] {
  const authentication = { jwt: [rule] };
  const found = (
    [
      ['service', { service: 'x', versions: { v1: { worker: 'x' } }, authentication }, 'authentication.jwt[0]'],
      ['mesh', { defaults: { authentication } }, 'defaults.authentication.jwt[0]'],
    ] as const
  ).map(([kind, value, at]) => {
    const result = validateDocument(kind, value);
    const problems = result.ok ? [] : result.problems;
    return problems.map(({ path, message, expected, code }) => {
      expect(message).not.toBe('');
      return `${code} ${pathText(path).replace(at, '').replace(/^\./, '')}${/https|loopback|private/.test(message) && expected === '' ? `: ${message}` : ''}`;
    });
  });
  expect(found[1]).toEqual(found[0]);
  return found[0] ?? [];
}

describe('rules about tokens', () => {
  it.each<[string, object]>([
    ['an issuer whose metadata are found by its name', { issuer }],
    ['an issuer on this machine, in development', { issuer: 'http://localhost:9000/realm' }],
    ['keys by URI', { issuer: 'anything', jwksUri: 'https://idp.test/keys' }],
    ['keys on this machine, in development', { issuer, jwksUri: 'http://127.0.0.1:9000/jwks' }],
    ['public keys', { issuer: 'anything', jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } }],
    ['no issuer, and keys', { jwksUri: 'https://idp.test/keys' }],
    [
      'places of every kind',
      {
        issuer,
        fromHeaders: [{ name: 'x-a' }, { name: 'x-a', prefix: 'T ' }],
        fromParams: ['t', 'T'],
        fromCookies: ['c'],
      },
    ],
    [
      'outputs',
      {
        issuer,
        outputPayloadToHeader: 'x-p',
        outputClaimToHeaders: [
          { header: 'x-a', claim: 'realm.role' },
          { header: 'x-b', claim: '[a.b][c]' },
        ],
      },
    ],
  ])('%s: holds', (_rule, rule) => {
    expect(faultsOf(rule)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['neither issuer nor keys', { audiences: ['a'] }, 'SV0008 '],
    ['an issuer that is no URL, and no keys', { issuer: 'accounts@idp.test' }, 'SV0008 issuer'],
    ['an issuer with a query, and no keys', { issuer: 'https://idp.test/?a' }, 'SV0008 issuer'],
    ['an issuer over http, and no keys', { issuer: 'http://idp.test' }, 'SV0008 issuer'],
    ['an issuer in a private network, and no keys', { issuer: 'https://10.0.0.1' }, 'SV0008 issuer'],
    ['keys over http', { issuer, jwksUri: 'http://idp.test/jwks' }, 'SV0007 jwksUri: the JWKS URI is not https'],
    [
      'keys in a private network',
      { issuer, jwksUri: 'https://169.254.169.254/jwks' },
      'SV0007 jwksUri: the JWKS URI leads to a private address',
    ],
    ['a symmetric key', { issuer, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'SV0007 jwks.keys[0]'],
    [
      'a private key beside a public one',
      {
        issuer,
        jwks: {
          keys: [
            { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
            { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' },
          ],
        },
      },
      'SV0007 jwks.keys[1]',
    ],
    [
      'a prefix that no value has',
      { issuer, fromHeaders: [{ name: 'a', prefix: ' B' }] },
      'SV0007 fromHeaders[0].prefix',
    ],
    [
      'the same header twice',
      {
        issuer,
        fromHeaders: [
          { name: 'X-A', prefix: 'B ' },
          { name: 'x-a', prefix: 'b ' },
        ],
      },
      'SV0010 fromHeaders[1]',
    ],
    ['the same parameter twice', { issuer, fromParams: ['a', 'a'] }, 'SV0010 fromParams[1]'],
    ['the same cookie twice', { issuer, fromCookies: ['a', 'a'] }, 'SV0010 fromCookies[1]'],
    [
      'two outputs under one name',
      { issuer, outputPayloadToHeader: 'x-a', outputClaimToHeaders: [{ header: 'X-A', claim: 'sub' }] },
      'SV0010 outputClaimToHeaders[0].header',
    ],
    [
      "an output under the mesh's own name",
      { issuer, outputPayloadToHeader: 'Selvedge-Context' },
      'SV0007 outputPayloadToHeader',
    ],
    [
      'an output that would say the host',
      { issuer, outputClaimToHeaders: [{ header: 'host', claim: 'sub' }] },
      'SV0007 outputClaimToHeaders[0].header',
    ],
    [
      'an output of no claim',
      { issuer, outputClaimToHeaders: [{ header: 'x-a', claim: 'a..b' }] },
      'SV0007 outputClaimToHeaders[0].claim',
    ],
    ['words of no claim', { issuer, spaceDelimitedClaims: ['a.'] }, 'SV0007 spaceDelimitedClaims[0]'],
    ['no time for keys', { issuer, timeout: '0s' }, 'SV0007 timeout'],
    ['too much time for keys', { issuer, timeout: '31s' }, 'SV0007 timeout'],
    ['keys in two ways', { issuer, jwksUri: 'https://idp.test/k', jwks: { keys: [{ kty: 'EC' }] } }, 'SV0008 '],
  ])('%s: is malformed', (_rule, rule, fault) => {
    expect(faultsOf(rule)).toEqual([fault]);
  });
});
