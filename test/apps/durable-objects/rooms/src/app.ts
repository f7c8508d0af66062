export const app = {
  async fetch(request: Request, env: any, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/count') {
      const counter = env.COUNTER.get(env.COUNTER.idFromName('all'));
      await counter.add(2);
      return Response.json(await counter.add(3));
    }
    if (pathname === '/count-by-fetch') {
      const counter = env.COUNTER.get(env.COUNTER.idFromName('fetched'));
      return counter.fetch('http://counter/', { method: 'POST' });
    }
    if (pathname === '/enter') {
      const room = env.ROOM.getByName('lobby');
      return new Response(await room.enter(Number(searchParams.get('id'))));
    }
    if (pathname === '/settings') {
      await env.SETTINGS.put('theme', 'dark', { metadata: { by: 'me' } });
      const { value, metadata } = await env.SETTINGS.getWithMetadata('theme');
      return Response.json({ value, metadata, name: await env.NAMES.nameOf(1) });
    }
    if (pathname === '/rows') {
      await env.DB.exec('CREATE TABLE IF NOT EXISTS room (id INTEGER PRIMARY KEY, name TEXT)');
      await env.DB.prepare('INSERT OR REPLACE INTO room VALUES (?, ?)').bind(1, 'lobby').run();
      const { results } = await env.DB.prepare('SELECT * FROM room').all();
      return Response.json(results);
    }
    return new Response('Not found', { status: 404 });
  },
};
