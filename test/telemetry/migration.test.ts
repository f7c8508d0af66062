import { Miniflare } from 'miniflare';
import { expect, test } from 'vitest';
import { loadEsbuild } from '../../src/derive/code/esbuild.ts';

test('metrics of the first version are kept, and count on without a shadow and a rule', async () => {
  const built = await loadEsbuild().build({
    entryPoints: [new URL('workers/migration.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers'],
  });
  const miniflare = new Miniflare({
    name: 'migration',
    cf: false,
    modules: [{ type: 'ESModule', path: 'migration.mjs', contents: built.outputFiles[0]?.text ?? '' }],
    compatibilityDate: '2026-04-21',
    durableObjects: { SHARD: { className: 'Shard', useSQLite: true } },
  });
  try {
    const row = {
      minuteMs: 60_000,
      service: 'payment',
      version: 'v1',
      route: 'default',
      caller: 'orders',
      kind: 'fetch',
    };
    const ended = { status: 200, outcome: 'response' };
    expect(await (await miniflare.dispatchFetch('http://migration/')).json()).toEqual([
      { ...row, ...ended, count: 6, sumMs: 13.5, buckets: [1, 0, 5] },
      { ...row, ...ended, shadow: 'deny', count: 1, sumMs: 1, buckets: [1] },
      { ...row, ...ended, shadow: 'deny', shadowRule: 'only-cart', count: 1, sumMs: 1, buckets: [1] },
    ]);
  } finally {
    await miniflare.dispose();
  }
});
