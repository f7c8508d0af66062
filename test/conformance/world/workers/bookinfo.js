/**
 * A service of the Bookinfo sample: it calls what the sample says it calls, forwards the header of the logged-in user as the sample
 * does, and answers with the echo of its own request and what the calls came to.
 */
export default {
  async fetch(request, env) {
    const echo = await (await env.ECHO.fetch(request.clone())).json();
    const parts = await (pages[env.SERVICE]?.(request, env) ?? []);
    return Response.json({ ...echo, page: parts.join('\n') });
  },
};

const pages = {
  async productpage(request, env) {
    if (new URL(request.url).pathname !== '/productpage') return [];
    return [await details(request, env), await reviews(request, env)];
  },
  async reviews(request, env) {
    if (env.VERSION === 'v1' || !new URL(request.url).pathname.startsWith('/reviews/')) return [];
    // The sample's own limits: version 3 gives up earlier than the others.
    const response = await call(
      env.ratings,
      'http://ratings/ratings/0',
      request,
      env.VERSION === 'v3' ? 2_500 : 10_000,
    );
    return [response?.ok === true ? 'Ratings: 5 stars' : 'Ratings service is currently unavailable'];
  },
};

async function details(request, env) {
  const response = await call(env.details, 'http://details/details/0', request, 3_000);
  return response?.ok === true ? 'Book Details' : 'Error fetching product details!';
}

/** The sample's page waits 3 s for reviews, and tries once more. */
async function reviews(request, env) {
  for (let tries = 0; tries < 2; tries++) {
    const response = await call(env.reviews, 'http://reviews/reviews/0', request, 3_000);
    if (response?.ok === true) return (await response.json()).page;
  }
  return 'Error fetching product reviews! Sorry, product reviews are currently unavailable for this book.';
}

async function call(binding, url, request, limitMs) {
  const headers = new Headers();
  for (const name of ['end-user', 'x-probe']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  try {
    return await binding.fetch(url, { headers, signal: AbortSignal.timeout(limitMs) });
  } catch {
    return undefined;
  }
}
