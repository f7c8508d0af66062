/** `npm start`: the shop as a newcomer meets it, and its proof. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadyInfo } from '../../../src/cli/dev/mesh/mesh-host.ts';
import { npmStart, type StartRun } from '../dev/npm-start.ts';

let folder: string;
let run: StartRun | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-start-'));
});
afterEach(async () => {
  if (run?.child.exitCode === null && run.child.pid) process.kill(-run.child.pid, 'SIGKILL');
  await run?.ended;
  await rm(folder, { recursive: true, force: true });
});

test('npm start -- --once --json: 1,000 orders, every answer, every piece of stock and every span', {
  timeout: 300_000,
}, async () => {
  run = npmStart(['--once', '--json'], folder);
  const { code, out, err } = await run.ended;
  expect(out.trimEnd().split('\n'), err).toHaveLength(1);
  const result = JSON.parse(out);
  expect(result, err).toEqual({
    orders: 1000,
    ok: 1000,
    phases: [
      { v1: 400, v2: 0 },
      { v1: expect.any(Number), v2: expect.any(Number) },
      { v1: 0, v2: 200 },
    ],
    traces: { stored: 1000, complete: 1000 },
    lostSpans: 0,
  });
  const { v1, v2 } = result.phases[1];
  expect(v1 + v2).toBe(400);
  // Of 400 calls 40 are expected; chance leaves these bounds once in 10^10 runs.
  expect(v2).toBeGreaterThan(6);
  expect(v2).toBeLessThan(84);
  expect(code).toBe(0);
  expect(existsSync(join(folder, '.selvedge'))).toBe(false);
});

test('npm start serves the shop until Ctrl-C, and then ends within 2 s', { timeout: 120_000 }, async () => {
  const spawned = Date.now();
  run = npmStart(['--port', '0', '--json', '--persist', join(folder, 'state')], folder);
  const { gateway, control, token, services } = JSON.parse(await run.until('\n')) as ReadyInfo;
  // How busy the machine is shows in how long it took to get there.
  const startedInMs = Date.now() - spawned;
  expect(Object.keys(services).sort()).toEqual(['inventory', 'orders', 'payment', 'shipping', 'storefront']);
  expect(existsSync(join(folder, '.selvedge/dev.json'))).toBe(true);

  const page = await fetch(services.storefront?.url as string);
  expect(await page.text()).toContain('Wool cloth');
  const order = await fetch(`${services.storefront?.url}/orders`, {
    method: 'POST',
    headers: { 'x-user': 'tester' },
    body: JSON.stringify({ sku: 'cloth', quantity: 1 }),
  });
  expect(await order.json()).toMatchObject({ order: { state: 'placed', payment: { version: 'v2' } } });
  const status = await fetch(`${control}/api/status`, { headers: { authorization: `Bearer ${token}` } });
  expect(await status.json()).toMatchObject({ mesh: { state: 'ok' } });
  expect((await fetch(`${services.payment?.url}/charge`, { method: 'POST' })).status).toBe(401);
  expect((await fetch(gateway)).status).toBe(404);

  const before = Date.now();
  process.kill(-(run.child.pid as number), 'SIGINT');
  const { code } = await run.ended;
  expect(Date.now() - before).toBeLessThan(2_000 + startedInMs);
  expect(code).toBe(0);
  expect(existsSync(join(folder, '.selvedge/dev.json'))).toBe(false);
});
