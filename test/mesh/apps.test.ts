/** The strangers' apps behind edges, without a document of anyone: every answer is the one that apps-bare.test.ts has proven. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../src/cli/dev/start.ts';
import { ask, strangerApps } from './stranger-apps.ts';

describe.each(strangerApps())('$front, meshed', (app) => {
  let persist: string;
  let mesh: RunningMesh;
  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), 'selvedge-app-'));
    mesh = await startDev({
      configs: app.configs.map((config) => join(app.folder, config)),
      environment: app.env,
      port: 0,
      persist,
    });
  });
  afterAll(async () => {
    await mesh?.stop();
    await rm(persist, { recursive: true, force: true });
  });

  test.each(app.requests)('$name', async (exchange) => {
    const front = mesh.info.services[app.front]?.url as string;
    expect(await ask(front, exchange)).toEqual(exchange.answer);
  });
});
