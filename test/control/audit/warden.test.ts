/** The Durable Object of control on workerd: bounds of the log, limits of writes, and changes made of a value that is no more. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller, Change } from '../../../src/control/audit/entry.ts';
import { failuresOfAll, writesOfPrincipal } from '../../../src/control/lock/limits.ts';
import { type ControlMesh, startControl } from '../control-mesh.ts';

let mesh: ControlMesh;
beforeAll(async () => {
  // Of 20 changes and 2 refusals the log keeps; KV of a mesh that refreshes every 30 s may be 90 s behind.
  mesh = await startControl({ vars: { AUDIT_ROWS: 20, REFRESH_SECONDS: 30 } });
});
afterAll(() => mesh?.stop());

const caller = (principal: string): Caller => ({ principal, role: 'operator', by: 'jwt', address: '192.0.2.1' });
const change = (key: string, before: string, after: string): Change => ({
  action: 'put',
  key: `service/${key}`,
  before,
  after,
  words: [`${before} -> ${after}`],
});

async function made(key: string, before: string, after: string) {
  const begun = await mesh.warden.begin(caller(`writer-of-${key}`), [change(key, before, after)]);
  if (begun.ok) for (const id of begun.ids) await mesh.warden.settle(id, 'made');
  return begun;
}

describe('an entry', () => {
  it('is there before the change is made, and says what became of it', async () => {
    const begun = await mesh.warden.begin(caller('alice'), [change('a', '', '1'), change('b', '', '1')]);
    const [first = 0, second = 0] = begun.ok ? begun.ids : [];
    expect((await mesh.warden.read({ limit: 2 })).entries.map(({ outcome }) => outcome)).toEqual(['begun', 'begun']);
    await mesh.warden.settle(first, 'made');
    await mesh.warden.settle(second, 'failed');
    expect((await mesh.warden.read({ limit: 2 })).entries).toMatchObject([
      { id: second, outcome: 'failed', key: 'service/b' },
      { id: first, outcome: 'made', key: 'service/a' },
    ]);
    await mesh.warden.settle(first, 'failed');
    expect((await mesh.warden.read({ limit: 1, key: 'service/a' })).entries[0]?.outcome).toBe('made');
  });
});

describe('a change made of what KV showed', () => {
  it('goes on where that is what control wrote last', async () => {
    expect(await made('chain', '', '1')).toMatchObject({ ok: true });
    expect(await made('chain', '1', '2')).toMatchObject({ ok: true });
    expect(await made('chain', '2', '')).toMatchObject({ ok: true });
    expect(await made('chain', '', '3')).toMatchObject({ ok: true });
  });

  it('is refused where control has replaced that since', async () => {
    await made('stale', '1', '2');
    expect(await made('stale', '1', '3')).toEqual({
      ok: false,
      code: 'revision_conflict',
      key: 'service/stale',
      revision: '2',
    });
    expect((await mesh.warden.read({ limit: 1 })).entries[0]).toMatchObject({
      outcome: 'refused',
      code: 'revision_conflict',
    });
  });

  it('is refused however often others were refused meanwhile', async () => {
    await made('hidden', '1', '2');
    const refuse = (_: unknown, index: number) =>
      mesh.warden.refuse(caller(`refused-${index}`), { action: 'put', key: 'service/hidden' }, 'malformed');
    await Promise.all(Array.from({ length: 110 }, refuse));
    expect(await made('hidden', '1', '3')).toMatchObject({ ok: false, code: 'revision_conflict', revision: '2' });
  });

  it('goes on where somebody wrote past control', async () => {
    await made('past', '1', '2');
    expect(await made('past', 'by-hand', '3')).toMatchObject({ ok: true });
  });

  it('goes on where the replacement failed', async () => {
    const begun = await mesh.warden.begin(caller('bob'), [change('failed', '1', '2')]);
    if (begun.ok) await mesh.warden.settle(begun.ids[0] as number, 'failed');
    expect(await made('failed', '1', '3')).toMatchObject({ ok: true });
  });

  it('is refused as a whole with all that go with it', async () => {
    await made('one', '1', '2');
    const begun = await mesh.warden.begin(caller('bob'), [change('fresh', '', '1'), change('one', '1', '3')]);
    expect(begun).toMatchObject({ ok: false, code: 'revision_conflict' });
    expect((await mesh.warden.read({ limit: 10, key: 'service/fresh' })).entries).toEqual([]);
  });
});

describe('limits', () => {
  it('of writes are of each principal, refused ones included', async () => {
    const eager = caller('eager');
    for (let times = 0; times < writesOfPrincipal.burst; times += 1)
      await mesh.warden.refuse(eager, change('x', '', ''), 'malformed');
    // The bucket fills while the test runs, so it may take a few more.
    let begun = await mesh.warden.begin(eager, [change('x', '', '1')]);
    for (let times = 0; begun.ok && times < 100; times += 1)
      begun = await mesh.warden.begin(eager, [change(`x${times}`, '', '1')]);
    expect(begun).toMatchObject({ ok: false, code: 'rate_limited' });
    expect(await mesh.warden.begin(caller('calm'), [change('y', '', '1')])).toMatchObject({ ok: true });
  });

  it("leave alone what another page makes a browser ask in somebody's name", async () => {
    const lured = caller('lured');
    let waitMs = 0;
    for (let times = 0; waitMs === 0 && times < 2 * writesOfPrincipal.burst; times += 1)
      waitMs = await mesh.warden.refuse(lured, change('z', '', ''), 'origin_refused');
    expect(waitMs).toBeGreaterThan(0);
    expect(await mesh.warden.begin(lured, [change('z', '', '1')])).toMatchObject({ ok: true });
  });
});

describe('wrong credentials', () => {
  it('from everywhere have a limit together, beyond which they are not entered', async () => {
    const asked = { action: 'put', key: 'service/guessed' };
    const guess = (index: number) => mesh.warden.countFailure(`198.51.${index >> 8}.${index & 255}`, asked);
    let waitMs = 0;
    for (let index = 0; waitMs === 0 && index < 5 * failuresOfAll.burst; index += 1) waitMs = await guess(index);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(1000 / failuresOfAll.perSecond);
    const { entries } = await mesh.warden.read({ limit: 500, key: 'service/guessed' });
    expect(entries.every(({ principal, code }) => principal === '' && code === 'unauthenticated')).toBe(true);
  });
});

describe('the log', () => {
  it('keeps the newest changes, whatever is refused meanwhile', async () => {
    for (let index = 0; index < 600; index += 1) {
      const who = `busy-${index % 20}`;
      if (index % 2 === 0) await mesh.warden.begin(caller(who), [change(`kept-${index}`, '', '1')]);
      else await mesh.warden.refuse(caller(who), { action: 'put', key: `service/refused-${index}` }, 'malformed');
    }
    const { entries } = await mesh.warden.read({ limit: 500 });
    const [refused, changes] = [true, false].map((yes) =>
      entries.filter(({ outcome }) => (outcome === 'refused') === yes),
    );
    // It is looked after every 256 entries.
    expect(changes?.length).toBeLessThanOrEqual(20 + 256);
    expect(refused?.length).toBeLessThanOrEqual(2 + 256);
    expect(changes?.length).toBeGreaterThanOrEqual(20);
    expect(changes?.[0]?.key).toBe('service/kept-598');
    expect((await mesh.warden.read({ limit: 10, key: 'service/chain' })).entries).toEqual([]);
  });
});
