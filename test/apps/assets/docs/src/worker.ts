interface Env {
  ASSETS: Fetcher;
  SEARCH: Fetcher;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/api/search') return env.SEARCH.fetch(`https://search/${search}`);
    if (pathname.startsWith('/guarded/')) {
      const asset = await env.ASSETS.fetch(request);
      return new Response(`guarded: ${await asset.text()}`, asset);
    }
    return new Response(`worker: ${pathname}`, { status: 404 });
  },
};
