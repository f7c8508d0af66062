/** What an edge's own fetch finds outside of the mesh: the hosts that a case says are there; every other host does not answer. */
export default {
  async fetch(request, env) {
    const { hostname } = new URL(request.url);
    const host = env[hostname];
    if (host === undefined) throw new Error(`Network connection lost: nobody answers at ${hostname}`);
    return host.fetch(request, { redirect: 'manual' });
  },
};
