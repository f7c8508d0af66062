import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Vault, VaultProblem } from '../../../src/identity/keys/vault.ts';
import { encryptionKey } from '../../support/encryption-key.ts';

const other = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at)).toString('base64');
const open = (secrets = { ENCRYPTION_KEY: encryptionKey } as Parameters<typeof Vault.open>[0], domain = 'mesh.test') =>
  Vault.open(secrets, domain);
const wrong = { code: 'encryption_key_wrong' };

describe('a vault', () => {
  it('gives back what it sealed, whatever it is, and never the same sealed text twice', async () => {
    const vault = await open();
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (text, place) => {
        const sealed = await vault.seal(text, place);
        expect(await vault.unseal(sealed, place)).toBe(text);
        expect(await vault.seal(text, place)).not.toBe(sealed);
      }),
      { numRuns: 50 },
    );
  });

  it('opens nothing at another place, of another trust domain or secret, or that was changed', async () => {
    const vault = await open();
    const sealed = await vault.seal('secret', 'roots a');
    await expect(vault.unseal(sealed, 'roots b')).rejects.toMatchObject(wrong);
    await expect((await open(undefined, 'other.test')).unseal(sealed, 'roots a')).rejects.toMatchObject(wrong);
    await expect((await open({ ENCRYPTION_KEY: other })).unseal(sealed, 'roots a')).rejects.toMatchObject(wrong);
    const parts = sealed.split('.');
    for (const at of [0, 1, 2, 3]) {
      const spoiled = parts.map((part, index) =>
        index === at ? `${part[0] === 'A' ? 'B' : 'A'}${part.slice(1)}` : part,
      );
      await expect(vault.unseal(spoiled.join('.'), 'roots a'), String(at)).rejects.toMatchObject(wrong);
    }
    for (const text of ['', '.', 'v1', '{"d":"x"}', 'v1....']) {
      await expect(vault.unseal(text, 'roots a')).rejects.toBeInstanceOf(VaultProblem);
    }
  });

  it('seals anew what is plain or of the previous secret, and leaves the rest', async () => {
    const before = await open({ ENCRYPTION_KEY: other });
    const old = await before.seal('secret', 'x');
    const vault = await open({ ENCRYPTION_KEY: encryptionKey, ENCRYPTION_KEY_PREVIOUS: other });
    expect(await vault.unseal(old, 'x')).toBe('secret');
    const renewed = (await vault.renewed(old, 'x')) ?? '';
    expect(await (await open()).unseal(renewed, 'x')).toBe('secret');
    expect(await vault.renewed(renewed, 'x')).toBeUndefined();
    expect(await (await open()).renewed(old, 'x')).toBeUndefined();
    const plain = (await vault.renewed('{"d":"x"}', 'x')) ?? '';
    expect(await vault.unseal(plain, 'x')).toBe('{"d":"x"}');
  });

  const weak: [name: string, secrets: Parameters<typeof Vault.open>[0], code: string][] = [
    ['no secret', {}, 'encryption_key_not_set'],
    ['an empty secret', { ENCRYPTION_KEY: '' }, 'encryption_key_not_set'],
    ['only the previous secret', { ENCRYPTION_KEY_PREVIOUS: other }, 'encryption_key_not_set'],
    [
      '31 bytes',
      { ENCRYPTION_KEY: Buffer.from(encryptionKey, 'base64').subarray(1).toString('base64') },
      'encryption_key_weak',
    ],
    [
      'the same byte over and over',
      { ENCRYPTION_KEY: Buffer.alloc(48, 'a').toString('base64') },
      'encryption_key_weak',
    ],
    [
      'a pass phrase',
      { ENCRYPTION_KEY: 'correct horse battery staple correct horse battery staple' },
      'encryption_key_weak',
    ],
    ['digits of an impossible number', { ENCRYPTION_KEY: encryptionKey.slice(0, 41) }, 'encryption_key_weak'],
    [
      'a weak previous secret',
      { ENCRYPTION_KEY: encryptionKey, ENCRYPTION_KEY_PREVIOUS: 'abc' },
      'encryption_key_weak',
    ],
  ];
  for (const [name, secrets, code] of weak) {
    it(`is not made with ${name}`, () => expect(open(secrets)).rejects.toMatchObject({ code }));
  }

  it('takes base64 of both alphabets', async () => {
    const sealed = await (await open()).seal('secret', 'x');
    const url = encryptionKey.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    expect(await (await open({ ENCRYPTION_KEY: url })).unseal(sealed, 'x')).toBe('secret');
  });
});
