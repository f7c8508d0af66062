/** One rich app, bare and meshed: every observable behaviour is the same, but for the differences that are known and explained. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../parity/differences.ts';
import { begunBy, callsOf, journeys, putDocument, travel, treesOf } from '../parity/journeys.ts';
import { observe, type Row } from '../parity/row.ts';
import { type MeshedSide, type StartedSide, startBareSide, startMeshedSide } from '../parity/sides.ts';
import { allRows, renderTable, tablePath } from '../parity/table.ts';

const rows = await allRows();

describe('an app, bare and meshed', () => {
  let bare: StartedSide;
  let meshed: MeshedSide;
  beforeAll(async () => {
    bare = await startBareSide();
    meshed = await startMeshedSide();
    // Eight Workers are bundled twice, each by a wrangler of its own.
  }, 240_000);
  afterAll(() => Promise.all([bare?.stop(), meshed?.stop()]));

  test.each(rows)('$area: $rule', async (row) => {
    const shown = await observe(row, bare);
    expect(shown, 'what the platform does without a mesh').toEqual(row.is);
    const through = await observe(row, meshed);
    const difference = differences[row.rule];
    if (difference === undefined) return expect(through, 'meshed').toEqual(shown);
    expect(difference.meshed, 'a difference that is listed').not.toEqual(row.is);
    expect(through, `meshed, with a known difference: ${difference.reason}`).toEqual(difference.meshed);
  });

  const patient = { timeout: 10_000, interval: 150 };

  // All begin at once: records leave in batches of a second, for which not each journey need wait.
  let begun: ReadonlyMap<string, Promise<{ readonly traceId: string }>> | undefined;

  test.each(journeys)('one trace, each call below its cause: $rule', async ({ path, tree }) => {
    begun ??= new Map(journeys.map((journey) => [journey.path, travel(meshed.mesh, journey.path)]));
    const { traceId } = (await begun.get(path)) as { readonly traceId: string };
    await expect.poll(() => treesOf(meshed.mesh, traceId), patient).toEqual([tree]);
  });

  test('journeys at the same time in the same isolates do not mix', async () => {
    const [journey] = journeys;
    const travelled = await Promise.all(Array.from({ length: 8 }, () => travel(meshed.mesh, journey?.path as string)));
    for (const { traceId } of travelled) {
      await expect.poll(() => treesOf(meshed.mesh, traceId), patient).toEqual([journey?.tree]);
    }
  });

  test.each([
    { what: 'a cron', caller: 'parity-store', cause: (side: MeshedSide) => side.scheduled() },
    { what: 'a queue', caller: 'parity-store', cause: (side: MeshedSide) => askRow(side, 'a queue delivers') },
    { what: 'an alarm', caller: 'parity-objects', cause: (side: MeshedSide) => askRow(side, 'an alarm runs') },
    {
      // The context goes along only to objects of the Worker that calls: of another script nobody knows that it would be taken off.
      what: 'a Durable Object of another script',
      caller: 'parity-objects',
      cause: ({ mesh }: MeshedSide) => travel(mesh, '/journey?name=objects%20across%20scripts'),
    },
  ])('$what begins a trace of its own, with its Worker as caller', async ({ caller, cause }) => {
    const begun = () => begunBy(meshed.mesh, caller, 'parity-ledger');
    const before = (await begun()).length;
    await cause(meshed);
    await expect.poll(async () => (await begun()).slice(before), patient).toEqual([{ call: 'parity-ledger add()' }]);
  });

  test('a carried header reaches matchers two edges on, over fetch and RPC, and is not taken from baggage of the public', async () => {
    const { mesh } = meshed;
    const defaults = { normalization: 'none' };
    expect(await putDocument(mesh, 'mesh', { trustDomain: mesh.plan.trustDomain, defaults, carry: ['x-user'] })).toBe(
      200,
    );
    const backends = [{ version: 'v1' }];
    const matches = [{ headers: [{ name: 'x-user', value: 'tester' }] }];
    const routes = [
      { name: 'testers', matches, backends },
      { name: 'others', backends },
    ];
    const document = { service: 'parity-echo', versions: { v1: { worker: 'parity-echo' } }, routes };
    expect(await putDocument(mesh, 'service/parity-echo', document)).toBe(200);
    const routesOf = async (headers: Record<string, string>) => {
      const { traceId } = await travel(mesh, '/journey?name=carried', headers);
      const echoed = async () => (await callsOf(mesh, traceId)).filter(({ service }) => service === 'parity-echo');
      await expect.poll(async () => (await echoed()).length, patient).toBe(2);
      return (await echoed()).map(({ route }) => route);
    };
    const refreshed = { ...patient, timeout: 3 * patient.timeout };
    await expect.poll(() => routesOf({ 'x-user': 'tester' }), refreshed).toEqual(['testers', 'testers']);
    expect(await routesOf({ 'x-user': 'else' })).toEqual(['others', 'others']);
    expect(await routesOf({ baggage: 'x-user=tester' })).toEqual(['others', 'others']);
  });

  test('a deadline of the front ends the calls that go on in its background', async () => {
    const { mesh } = meshed;
    const route = { name: 'default', timeouts: { request: '700ms' }, backends: [{ version: 'v1' }] };
    const document = { service: 'parity-front', versions: { v1: { worker: 'parity-front' } }, routes: [route] };
    expect(await putDocument(mesh, 'service/parity-front', document)).toBe(200);
    const slowest = async () => {
      const { traceId, text } = await travel(mesh, '/journey?name=deadline');
      expect(text).toBe('"answered in time"');
      const ended = async () => (await callsOf(mesh, traceId)).find(({ service }) => service === 'parity-ledger');
      await expect.poll(async () => (await ended()) !== undefined, patient).toBe(true);
      const call = await ended();
      return { outcome: call?.outcome, late: (call?.durationMs ?? 0) > 3_000 };
    };
    await expect.poll(slowest, { ...patient, timeout: 20_000 }).toEqual({ outcome: 'deadline_exceeded', late: false });
  });
});

/** Runs the row whose rule begins so. */
function askRow(side: MeshedSide, beginning: string): Promise<unknown> {
  return observe(rows.find(({ rule }) => rule.startsWith(beginning)) as Row, side);
}

describe('the table of behaviours', () => {
  test('each rule has one row', () => {
    const rules = rows.map(({ rule }) => rule);
    expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([]);
  });

  test('every known difference is one of a row, and has a reason', () => {
    for (const [rule, { reason }] of Object.entries(differences)) {
      expect(
        rows.some((row) => row.rule === rule),
        rule,
      ).toBe(true);
      expect(reason.length, rule).toBeGreaterThan(20);
    }
  });

  test('docs/parity.md is up to date (else: node --import tsx test/parity/write-table.ts)', async () => {
    expect(await readFile(tablePath, 'utf8')).toBe(renderTable(rows));
  });
});
