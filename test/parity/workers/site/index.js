/** A Worker with static assets. */
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/api/sum') return Response.json({ sum: await env.LEDGER.add(3, 4) });
    if (pathname === '/api/asset') return env.ASSETS.fetch('http://assets.example/note.txt');
    return new Response(`no page ${pathname}`, { status: 404 });
  },
};
