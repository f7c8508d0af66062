import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Miniflare } from 'miniflare';
import { expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/identity/operators/audit-entry.ts';
import type { FederationState } from '../../../src/identity/operators/operator.ts';
import { make } from '../../identity/ca/certificates.ts';
import { sql } from '../../identity/database.ts';
import { ask, readCode, startIdentity } from '../../identity/identity-worker.ts';
import { startServer } from '../../support/local-server.ts';

const name = 'the alarm asks bundle endpoints, and a bundle stays while its endpoint is down or gives an older one';

// Seven starts of workerd, one after another.
it(name, { timeout: 120_000 }, async () => {
  const code = await readCode();
  const persist = await mkdtemp(join(tmpdir(), 'identity-federation-'));
  const roots = await Promise.all([make({}), make({})]);
  const bundleOf = (count: number, sequence: number) => {
    const keys = roots.slice(0, count).map(({ certificate }) => {
      return { kty: 'EC', use: 'x509-svid', x5c: [Buffer.from(certificate.der).toString('base64')] };
    });
    return JSON.stringify({ keys, spiffe_sequence: sequence });
  };
  let reply: { status: number; body: string } = { status: 200, body: bundleOf(1, 5) };
  let asked = 0;
  const server = await startServer((_request, response) => {
    asked += 1;
    response.writeHead(reply.status).end(reply.body);
  });
  const bundleUrl = `${server.url}/bundle`;
  const start = () => startIdentity(code, { persist, bindings: { ALLOW_LOOPBACK: 'true' } });
  let mf: Miniflare = start();
  try {
    await ask(mf, 'OPERATOR', 'federate', { trustDomain: 'partner.test', bundleUrl });

    const changes = async () => {
      const { entries } = (await ask(mf, 'OPERATOR', 'audit', { limit: 100 })).value as { entries: AuditEntry[] };
      return entries.filter(({ action }) => action === 'federation');
    };

    /** What the object knows after its alarm has asked the endpoint once more, which it does as if the time had come. */
    const afterAlarm = async (next: typeof reply): Promise<FederationState | undefined> => {
      const before = asked;
      const told = (await changes()).length;
      await mf.dispose();
      reply = next;
      await sql(persist, 'UPDATE federations SET next_ms = 1');
      mf = start();
      // Every one of these replies makes an entry.
      await expect.poll(async () => (await changes()).length, { timeout: 20_000 }).toBe(told + 1);
      expect(asked).toBe(before + 1);
      const { value } = await ask(mf, 'OPERATOR', 'federations');
      return (value as { federations: FederationState[] }).federations[0];
    };

    expect(await afterAlarm({ status: 200, body: bundleOf(2, 6) })).toMatchObject({ roots: 2, sequence: 6 });
    expect(await afterAlarm({ status: 503, body: '' })).toMatchObject({
      roots: 2,
      problem: expect.stringContaining('503'),
    });
    const older = await afterAlarm({ status: 200, body: bundleOf(1, 5) });
    expect(older).toMatchObject({ roots: 2, sequence: 6, problem: expect.stringContaining('lower') });
    const healed = await afterAlarm({ status: 200, body: bundleOf(2, 7) });
    expect(healed).toMatchObject({ sequence: 7 });
    expect(healed).not.toHaveProperty('problem');
    // A trust domain that publishes no key has taken back all that it had (SPIFFE Trust Domain and Bundle, section 4.1.3).
    const withdrawn = { status: 200, body: JSON.stringify({ keys: [], spiffe_sequence: 8 }) };
    expect(await afterAlarm(withdrawn)).toMatchObject({ roots: 0, jwtKeys: 0, sequence: 8 });
    const words = (await changes()).map(({ outcome, actor }) => `${actor} ${outcome}`);
    expect(words).toEqual([
      'schedule done',
      'schedule done',
      'schedule refused',
      'schedule refused',
      'schedule done',
      'operator control done',
    ]);
  } finally {
    await mf.dispose();
    await server.stop();
    await rm(persist, { recursive: true, force: true });
  }
});
