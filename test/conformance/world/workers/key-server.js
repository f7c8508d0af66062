/** Public keys of the issuers of Istio's tests and samples, at the addresses that cases name; late where they ask for it. */
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const delay = /^(\d+)ms$/.exec(searchParams.get('delay') ?? '');
    if (delay !== null) await scheduler.wait(Number(delay[1]));
    const keys = pathname === '/jwks' ? env.TESTS : /\/samples\/jwks\.json$/.test(pathname) ? env.SAMPLES : undefined;
    return keys === undefined ? new Response('no such keys', { status: 404 }) : Response.json(keys);
  },
};
