/** What the strangers' apps answer without Selvedge: the proof of the tables that apps.test.ts then asks of the mesh. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareDev, startBareDev } from '../wrangler-dev.ts';
import { ask, strangerApps } from './stranger-apps.ts';

describe.each(strangerApps())('$front, bare', (app) => {
  let dev: BareDev;
  beforeAll(async () => {
    dev = await startBareDev({
      configs: app.bareConfigs ?? app.configs,
      cwd: app.folder,
      env: app.env,
      local: app.local,
    });
  });
  afterAll(() => dev?.stop());

  test.each(app.requests)('$name', async (exchange) => {
    expect(await ask(dev.url, exchange)).toEqual(exchange.answer);
  });
});
