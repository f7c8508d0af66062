/** What a binding is, as far as it can be told without asking it anything. */
const kinds = (env: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(env)
      .map(([name, value]) => [name, value === null ? 'null' : typeof value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const pages: Record<string, (env: any) => unknown> = {
  '/kinds': (env) => kinds(env),
  '/vars': (env) => [env.SIZES, env.COUNT, env.OPEN, env.WORD, env.ZOO_TOKEN],
  '/r2': async (env) => {
    await env.BUCKET.put('lion', 'roar', { customMetadata: { by: 'zoo' } });
    const object = await env.BUCKET.get('lion');
    return [await object.text(), object.customMetadata];
  },
  '/analytics': (env) => String(env.VISITS.writeDataPoint({ blobs: ['a'], doubles: [1], indexes: ['i'] })),
  '/limit': async (env) => {
    const results = [];
    for (let n = 0; n < 3; n++) results.push((await env.LIMIT.limit({ key: 'visitor' })).success);
    return results;
  },
  '/hyperdrive': (env) => [env.SQL.user, env.SQL.database, typeof env.SQL.connectionString],
  '/version': (env) => Object.keys(env.VERSION).sort(),
  '/workflow': async (env) => {
    const instance = await env.FEEDING.create({ params: { animal: 'lion' } });
    for (let n = 0; n < 100; n++) {
      const { status, output } = await instance.status();
      if (status === 'complete' || status === 'errored') return [status, output];
      await scheduler.wait(50);
    }
    return 'too long';
  },
  '/keeper': async (env) => [await env.KEEPER.name(), await env.NIGHT.shift()],
};

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    const page = pages[new URL(request.url).pathname];
    return page ? Response.json(await page(env)) : new Response('Not found', { status: 404 });
  },
};
