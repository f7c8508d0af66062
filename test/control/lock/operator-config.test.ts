import { describe, expect, it } from 'vitest';
import { readOperatorConfig } from '../../../src/control/lock/operator-config.ts';

const roles = [{ role: 'admin', claims: { groups: 'platform' } }];
const issuer = { issuer: 'https://id.example', audiences: ['control'], jwksUri: 'https://id.example/jwks', roles };
const team = { team: 'acme', audience: 'tag', roles };

describe('the vars OPERATORS and ACCESS', () => {
  it.each([
    { name: 'absent', operators: undefined, access: undefined },
    { name: 'empty', operators: '', access: '' },
  ])('$name admit nobody, and that is no problem', ({ operators, access }) => {
    expect(readOperatorConfig(operators, access)).toEqual({ issuers: [], access: undefined, problem: '' });
  });

  it('may be JSON or its text', () => {
    const config = readOperatorConfig({ issuers: [issuer] }, team);
    expect(config.issuers).toEqual([issuer]);
    expect(config.problem).toBe('');
    expect(readOperatorConfig(JSON.stringify({ issuers: [issuer] }), JSON.stringify(team))).toEqual(config);
  });

  it('a team of Access is an issuer with its own keys', () => {
    expect(readOperatorConfig(undefined, team).access).toEqual({
      issuer: 'https://acme.cloudflareaccess.com',
      audiences: ['tag'],
      jwksUri: 'https://acme.cloudflareaccess.com/cdn-cgi/access/certs',
      roles,
    });
  });

  it('of keys that stand there themselves only public ones are kept', () => {
    const { jwksUri: _uri, ...rest } = issuer;
    const keys = [
      { kty: 'EC', crv: 'P-256', x: 'a', y: 'b', kid: '1' },
      { kty: 'oct', k: 'secret' },
    ];
    expect(readOperatorConfig({ issuers: [{ ...rest, jwks: { keys } }] }, undefined).issuers[0]?.keys).toEqual([
      keys[0],
    ]);
  });

  it.each([
    { name: 'no JSON', operators: '{"issuers":', says: 'OPERATORS' },
    { name: 'no audience', operators: { issuers: [{ ...issuer, audiences: [] }] }, says: 'issuers.0.audiences' },
    { name: 'no rule', operators: { issuers: [{ ...issuer, roles: [] }] }, says: 'issuers.0.roles' },
    {
      name: 'a role that nobody knows',
      operators: { issuers: [{ ...issuer, roles: [{ role: 'root' }] }] },
      says: 'role',
    },
    { name: 'a word that nobody knows', operators: { issuers: [{ ...issuer, audience: 'x' }] }, says: 'audience' },
    { name: 'keys in two places', operators: { issuers: [{ ...issuer, jwks: { keys: [{}] } }] }, says: 'jwks' },
    { name: 'no list', operators: issuer, says: 'OPERATORS' },
  ])('with $name admit nobody, and say where', ({ operators, says }) => {
    const config = readOperatorConfig(operators, undefined);
    expect(config.issuers).toEqual([]);
    expect(config.problem).toContain(says);
  });

  it.each(['acme.evil.example/', 'acme.example', '', 'a'.repeat(64), 'Acme'])('%j is no team', (name) => {
    expect(readOperatorConfig(undefined, { ...team, team: name }).access).toBeUndefined();
  });
});
