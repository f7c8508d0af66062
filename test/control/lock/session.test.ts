import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSession, type Session, sealSession } from '../../../src/control/lock/session.ts';
import { cookieName, endedCookie, sessionCookie } from '../../../src/control/lock/session-cookie.ts';

const root = { token: 'the-secret-of-control', rules: { issuers: [] } };
const session: Session = { principal: 'https://id.example/alice', role: 'operator', expiresAtMs: 1_000_000 };

describe('a session', () => {
  it('is what was sealed, until it ends', async () => {
    const value = await sealSession(session, root);
    expect(await openSession(value, root, 999_999)).toEqual(session);
    expect(await openSession(value, root, 1_000_000)).toBe('expired');
  });

  it('holds nothing of the token', async () => {
    const value = await sealSession(session, root);
    expect(value + Buffer.from(value.split('.')[0] as string, 'base64url').toString()).not.toContain(root.token);
  });

  it.each([
    { name: 'another TOKEN', other: { ...root, token: 'another' } },
    { name: 'other rules', other: { ...root, rules: { issuers: [{}] } } },
    { name: 'no TOKEN', other: { ...root, token: '' } },
  ])('ends with $name', async ({ other }) => {
    expect(await openSession(await sealSession(session, root), other, 0)).toBeUndefined();
  });

  it('that was changed anywhere is none', async () => {
    const value = await sealSession({ ...session, role: 'viewer' }, root);
    await fc.assert(
      fc.asyncProperty(fc.nat(value.length - 1), fc.constantFrom(...'AQgw0.-_z'), async (at, character) => {
        const changed = value.slice(0, at) + character + value.slice(at + 1);
        const opened = await openSession(changed, root, 0);
        if (changed === value) expect(opened).toMatchObject({ role: 'viewer' });
        // The last digit of a seal has two bits that stand for nothing.
        else if (opened !== undefined) expect([at, opened]).toEqual([value.length - 1, { ...session, role: 'viewer' }]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['', '.', 'a', 'a.b.c', '..', 'x'.repeat(5000)])('%j is none', async (value) => {
    expect(await openSession(value, root, 0)).toBeUndefined();
  });
});

describe('its cookie', () => {
  it.each([
    { address: 'http://127.0.0.1:8788/x', name: 'selvedge-8788', secure: false },
    { address: 'https://mesh.example.com/', name: '__Host-selvedge', secure: true },
    { address: 'https://mesh.example.com:8443/', name: '__Host-selvedge-8443', secure: true },
  ])('at $address is $name', async ({ address, name, secure }) => {
    expect(cookieName(address)).toBe(name);
    const line = await sessionCookie(session, root, address, 400_000);
    expect(line).toMatch(new RegExp(`^${name}=[\\w-]+\\.[\\w-]+; Path=/; HttpOnly; SameSite=Strict; Max-Age=600`));
    expect(line.endsWith('; Secure')).toBe(secure);
    expect(endedCookie(address)).toContain(`${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`);
  });
});
