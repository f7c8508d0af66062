/** Each token of the rows, at the public door of the shipped edge. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey } from '../identity/tokens/make-token.ts';
import { eventually } from '../support/edge-mesh.ts';
import { audience, type Forge, issuer, type TokenRow } from './rows/forge.ts';
import { tokenRows } from './rows/token-rows.ts';
import { head, startWorld, type World } from './world/world.ts';

let world: World;
let forge: Forge;
beforeAll(async () => {
  const [ec, rsa, ed, stranger] = await Promise.all([
    makeKey('ec-1'),
    makeKey('rsa-1', 'RS256'),
    makeKey('ed-1', 'EdDSA'),
    makeKey('stranger-1'),
  ]);
  const jwks = { keys: [ec, rsa, ed].map(({ jwk }) => ({ ...jwk })) };
  const vault = {
    service: 'vault',
    public: { hosts: ['vault.example'] },
    versions: { v1: { worker: 'callee' } },
    routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
    authentication: {
      jwt: [
        {
          issuer,
          audiences: [audience],
          jwks,
          fromHeaders: [{ name: 'Authorization', prefix: 'Bearer ' }, { name: 'X-Token' }],
          fromParams: ['token'],
          fromCookies: ['token'],
        },
      ],
    },
  };
  world = await startWorld({ services: { vault } });
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: issuer, sub: 'alice', aud: audience, exp: now + 600 };
  forge = { ec, rsa, ed, stranger, now, good, svid: (of) => world.svid(of) };
});
afterAll(() => world?.stop());

const refused = { status: 401, code: 'invalid_token', seen: undefined };
const elsewhere = { status: 403, code: 'audience_denied', seen: undefined };
const inAuthorization: NonNullable<TokenRow['show']> = (token) => ({ headers: [`Authorization: Bearer ${token}`] });

/** The trace of a row, by which its record is found. */
const traceOf = (row: TokenRow) => `70ce4${tokenRows.indexOf(row).toString(16).padStart(27, '0')}`;

describe('tokens', () => {
  it.each(tokenRows)('$name ($source)', async (row) => {
    const { show = inAuthorization } = row;
    const { target = '/', headers } = show(await row.token(forge));
    const lines = [...headers, `traceparent: 00-${traceOf(row)}-00f067aa0ba902b7-01`];
    const { status, code, seen } = await world.raw(head('GET', target, 'vault.example', lines));
    if (row.reason === undefined) expect({ status, worker: seen?.worker }).toEqual({ status: 200, worker: 'callee' });
    else expect({ status, code, seen }).toEqual(row.elsewhere === true ? elsewhere : refused);
  });

  it('each is refused for its own reason, which only the record tells', async () => {
    const refused = tokenRows.filter(({ reason }) => reason !== undefined);
    const reasons = new Map<string, string>();
    await eventually(
      async () => {
        const calls = await world.edge.calls({ service: 'vault', limit: 500 });
        for (const { traceId, reason } of calls) reasons.set(traceId, reason);
        return refused.every((row) => reasons.has(traceOf(row)));
      },
      (all) => all,
    );
    const wrong = refused
      .map((row) => ({ name: row.name, reason: row.reason, is: reasons.get(traceOf(row)) ?? 'no record' }))
      .filter(({ reason, is }) => reason?.test(is) !== true);
    expect(wrong).toEqual([]);
  });
});
