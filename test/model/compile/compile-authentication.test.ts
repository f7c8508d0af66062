import { describe, expect, it } from 'vitest';
import { compileJwtRules, compileUserTokens } from '../../../src/model/compile/compile-authentication.ts';

const usual = [
  { kind: 'header', name: 'authorization', prefix: 'bearer ' },
  { kind: 'param', name: 'access_token' },
];

describe('issuers of a service, compiled', () => {
  it('nobody named: tokens are the business of the service', () => {
    expect(compileUserTokens({}, [])).toBeUndefined();
    expect(compileUserTokens({ jwt: [] }, [])).toBeUndefined();
    expect(compileUserTokens({ inherit: false }, compileJwtRules([{ issuer: 'a' }]))).toBeUndefined();
  });

  it('its own come before those of the mesh', () => {
    const compiled = compileUserTokens({ jwt: [{ issuer: 'own' }] }, compileJwtRules([{ issuer: 'mesh' }]));
    expect(compiled?.rules.map(({ issuer }) => issuer)).toEqual(['own', 'mesh']);
  });

  it('a rule without places looks in the usual ones, and places with the same rules share their list', () => {
    const compiled = compileUserTokens({ jwt: [{ issuer: 'a' }, { issuer: 'b' }] }, []);
    expect(compiled?.places).toEqual(usual.map((place) => ({ ...place, rules: compiled?.rules })));
    expect(compiled?.places[0]?.rules).toBe(compiled?.places[1]?.rules);
  });

  it('places of its own take the place of the usual ones, and are one where they are alike', () => {
    const compiled = compileUserTokens(
      {
        jwt: [
          { issuer: 'a', fromHeaders: [{ name: 'X-A', prefix: 'Token ' }], fromCookies: ['c'] },
          { issuer: 'b', fromHeaders: [{ name: 'x-a', prefix: 'token ' }, { name: 'x-a' }], fromParams: ['p'] },
        ],
      },
      [],
    );
    expect(compiled?.places.map(({ rules, ...place }) => [place, rules.map(({ issuer }) => issuer)])).toEqual([
      [{ kind: 'header', name: 'x-a', prefix: 'token ' }, ['a', 'b']],
      [{ kind: 'cookie', name: 'c' }, ['a']],
      [{ kind: 'header', name: 'x-a', prefix: '' }, ['b']],
      [{ kind: 'param', name: 'p' }, ['b']],
    ]);
  });

  it('what a rule says is in the form that calls need', () => {
    const [placed] = compileJwtRules([
      {
        issuer: 'a',
        audiences: ['x'],
        jwksUri: 'https://a.test/k',
        presence: 'required',
        forwardOriginalToken: true,
        outputPayloadToHeader: 'X-Payload',
        outputClaimToHeaders: [{ header: 'X-Role', claim: 'realm.role' }],
        spaceDelimitedClaims: ['[a.b]'],
        clockSkew: '5s',
        timeout: '100ms',
      },
    ]);
    expect(placed?.rule).toEqual({
      issuer: 'a',
      audiences: ['x'],
      jwksUri: 'https://a.test/k',
      required: true,
      forward: true,
      payloadHeader: 'x-payload',
      claimHeaders: [['x-role', ['realm', 'role']]],
      wordClaims: [['a.b']],
      clockSkewMs: 5_000,
      timeoutMs: 100,
    });
  });

  it('headers that any rule writes are written by nobody else', () => {
    const compiled = compileUserTokens(
      {
        jwt: [
          { issuer: 'a', outputPayloadToHeader: 'X-P' },
          { issuer: 'b', outputClaimToHeaders: [{ header: 'x-c', claim: 'c' }], outputPayloadToHeader: 'x-p' },
        ],
      },
      [],
    );
    expect(compiled?.outputHeaders).toEqual(['x-p', 'x-c']);
  });
});
