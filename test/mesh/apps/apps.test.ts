/**
 * The strangers' apps behind edges, without a document of anyone: every answer is the one that apps-bare.test.ts has proven.
 * All apps of one environment are one mesh, as large as large ones are in the wild.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../../src/cli/dev/start.ts';
import { ask, strangerApps } from './stranger-apps.ts';

const apps = strangerApps();
const environments = [...new Set(apps.map((app) => app.env))];

describe.each(environments)('apps in environment %s', (environment) => {
  const members = apps.filter((app) => app.env === environment);
  let persist: string;
  let mesh: RunningMesh;
  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), 'selvedge-apps-'));
    const configs = members.flatMap((app) => app.configs.map((config) => join(app.folder, config)));
    mesh = await startDev({ configs, environment, port: 0, persist });
    // Some thirty Workers are bundled, each by a wrangler of its own.
  }, 600_000);
  afterAll(async () => {
    await mesh?.stop();
    await rm(persist, { recursive: true, force: true });
  });

  describe.each(members)('$front, meshed', (app) => {
    test.each(app.requests)('$name', async (exchange) => {
      const front = mesh.info.services[app.front]?.url as string;
      expect(await ask(front, exchange)).toEqual(exchange.answer);
    });
  });
});
