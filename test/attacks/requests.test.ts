/** Each row of docs/requests.md, on workerd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestRows } from './rows/all-rows.ts';
import { meshRules, ruledServices } from './world/ruled-services.ts';
import { startWorld, type World } from './world/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: await ruledServices(), mesh: { defaults: { access: meshRules } } });
});
afterAll(() => world?.stop());

describe.each([...new Set(requestRows.map(({ area }) => area))])('%s', (area) => {
  it.each(requestRows.filter((row) => row.area === area))('$name ($source)', async ({ send, expect: wanted }) => {
    const came = await send(world);
    if (typeof wanted === 'object' && wanted !== null) expect(came).toMatchObject(wanted);
    else expect(came).toBe(wanted);
  });
});
