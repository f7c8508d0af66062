import { describe, expect, it } from 'vitest';
import { blockOf, type Revocation, revocationOf } from '../../../src/identity/ca/revocation.ts';
import { ruleFits } from '../../../src/identity/proofs/claim-rule.ts';
import { joinTokenHash, joinTokenId, makeJoinToken } from '../../../src/identity/proofs/join-token.ts';

describe('claim rules', () => {
  const claims = {
    repository: 'acme/shop',
    ref: 'refs/heads/main',
    runner: 7,
    protected: true,
    groups: ['ops', 'dev'],
    nested: { a: 'b' },
    'https://ci.example/run': { id: '7' },
  };
  const rows: [name: string, wanted: Record<string, string>, fits: boolean][] = [
    ['a value has to be equal', { repository: 'acme/shop' }, true],
    ['a value that begins so is another one', { repository: 'acme/sho' }, false],
    ['all of them have to fit', { repository: 'acme/shop', ref: 'refs/heads/dev' }, false],
    ['a star stands for any text', { repository: 'acme/*', ref: 'refs/*/main' }, true],
    ['a star stands for no text too', { repository: 'acme/shop*' }, true],
    ['capitals count', { repository: 'Acme/shop' }, false],
    ['a number is compared as text', { runner: '7' }, true],
    ['a truth value is compared as text', { protected: 'true' }, true],
    ['one entry of a list has to fit', { groups: 'ops' }, true],
    ['a list is not its text', { groups: 'ops,dev' }, false],
    ['an object fits nothing', { nested: '*b*' }, false],
    ['a nested claim is named by its path', { 'nested.a': 'b' }, true],
    ['a name with dots of its own stands in brackets', { '[https://ci.example/run][id]': '7' }, true],
    ['a name that names no claim fits nothing', { 'nested..a': 'b' }, false],
    ['a claim that is not there fits nothing', { repository: 'acme/shop', other: '*' }, false],
    ['members that every object has are no claims', { constructor: '*Object*' }, false],
    ['a rule without claims fits nothing', {}, false],
    ['a rule for everybody fits nothing', { repository: '*' }, false],
    ['a rule for everybody whose name is divided fits nothing', { repository: '*/*' }, false],
    ['a rule for everybody with a letter fits nothing', { repository: '*a*' }, false],
    ['a rule for an owner fits', { repository: 'acme*' }, true],
    ['a rule for an ending fits', { repository: '*/shop' }, true],
  ];
  for (const [name, wanted, fits] of rows) {
    it(name, () => expect(ruleFits({ claims: wanted }, claims)).toBe(fits));
  }
});

describe('join tokens', () => {
  it('are stored as a digest, from which nothing is learned', async () => {
    const { token, hash } = await makeJoinToken();
    expect(token).toMatch(/^sjt_[\w-]{43}$/);
    expect(await joinTokenHash(token)).toBe(hash);
    expect(token).not.toContain(joinTokenId(hash));
    for (const text of ['', token.slice(4), `${token}x`, `x${token}`, 7, undefined])
      expect(await joinTokenHash(text)).toBeUndefined();
  });
});

describe('revocations', () => {
  const certificate = { fingerprints: ['f', 'twin'], serial: '01', spiffeId: 'spiffe://mesh/svc/a', issuedAtMs: 5000 };
  const revocation = (kind: Revocation['kind'], value: string, more: Partial<Revocation> = {}): Revocation => {
    return { kind, value, reason: 'lost', sinceMs: 6000, untilMs: null, lifted: false, ...more };
  };
  const rows: [
    name: string,
    revocation: Revocation,
    given: Partial<typeof certificate> | { serial: undefined },
    hits: boolean,
  ][] = [
    ['by serial', revocation('serial', '01'), {}, true],
    ['by serial, but that of a foreign certificate', revocation('serial', '01'), { serial: undefined }, false],
    ['by fingerprint', revocation('fingerprint', 'f'), {}, true],
    ['by the fingerprint of another form of it', revocation('fingerprint', 'twin'), {}, true],
    ['another fingerprint', revocation('fingerprint', 'g'), {}, false],
    ['by id, issued before', revocation('spiffe-id', certificate.spiffeId), {}, true],
    ['by id, issued in the same instant', revocation('spiffe-id', certificate.spiffeId), { issuedAtMs: 6000 }, true],
    ['by id, whatever date it bears', revocation('spiffe-id', certificate.spiffeId), { issuedAtMs: 6001 }, true],
    ['by id, lifted since', revocation('spiffe-id', certificate.spiffeId, { lifted: true }), {}, true],
    [
      'by id, lifted since, and issued after',
      revocation('spiffe-id', certificate.spiffeId, { lifted: true }),
      { issuedAtMs: 6001 },
      false,
    ],
    ['another id', revocation('spiffe-id', 'spiffe://mesh/svc/b'), {}, false],
  ];
  for (const [name, entry, given, hits] of rows) {
    it(name, () => expect(revocationOf({ ...certificate, ...given }, [entry]) !== undefined).toBe(hits));
  }

  it('only an id that is not lifted is blocked', () => {
    const entries = [
      revocation('spiffe-id', 'a'),
      revocation('spiffe-id', 'b', { lifted: true }),
      revocation('serial', 'c'),
    ];
    expect(['a', 'b', 'c'].map((id) => blockOf(id, entries) !== undefined)).toEqual([true, false, false]);
  });
});
