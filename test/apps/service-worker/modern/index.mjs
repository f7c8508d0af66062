export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/echo') return new Response(`modern heard: ${await request.text()}`);
    if (pathname === '/ancient') return env.ANCIENT.fetch('http://ancient/' + request.headers.get('x-word'));
    return new Response(`modern at ${pathname}`);
  },
};
