export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case '/vars':
        return Response.json({ greeting: env.GREETING, secret: env.SESSION_KEY });
      case '/redirect':
        // The browser shall follow, not we.
        return env.API.fetch(new Request('https://api.internal/redirect', { redirect: 'manual' }));
      case '/followed':
        return env.API.fetch('https://api.internal/redirect');
      case '/plain-url':
        return env.API.fetch('http://api/echo?from=plain');
      case '/twice': {
        const [a, b] = await Promise.all([env.API.fetch('http://api/upper?w=a'), env.API.fetch('http://api/upper?w=b')]);
        return new Response((await a.text()) + (await b.text()));
      }
    }
    const forwarded = new Request(`https://api.internal${url.pathname}${url.search}`, request);
    forwarded.headers.set('x-site', 'yes');
    const response = await env.API.fetch(forwarded);
    const copy = new Response(response.body, response);
    copy.headers.append('set-cookie', 'site=1');
    return copy;
  },
};
