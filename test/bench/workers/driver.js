/**
 * The caller. It forwards a request from the load generator through the binding that `bench-path` names, or makes `calls` awaited
 * calls of its own through it, in `chains` chains: without TCP and HTTP in front, what remains is the hop. A loop along a binding that it
 * lacks is for the meshed driver: the same code with the in-Worker runtime before it, reached through an edge of its own. Where it has a
 * TOKEN, every call of a loop brings it.
 */
export default {
  async fetch(request, env) {
    const binding = request.headers.get('bench-path');
    const target = env[binding];
    if (target === undefined) return env.meshedDriver.fetch(request);
    const url = new URL(request.url);
    if (url.pathname !== '/loop') return target.fetch(request);
    const calls = Number(url.searchParams.get('calls'));
    const chains = Number(url.searchParams.get('chains'));
    const call = !binding.startsWith('rpc-') ? fetchCall : binding === 'rpc-edge' ? meshedRpcCall : rpcCall;
    const headers = { accept: 'application/json', 'x-user': 'user-10' };
    if (env.TOKEN !== undefined) headers.authorization = `Bearer ${env.TOKEN}`;
    let left = calls;
    const chain = async () => {
      while (left-- > 0) await call(target, headers);
    };
    await Promise.all(Array.from({ length: chains }, chain));
    return new Response(`${calls}`);
  },
};

async function fetchCall(target, headers) {
  const response = await target.fetch('http://bench.internal/items/42?verbose=1', { headers });
  const text = await response.text();
  if (response.status !== 200 || text !== 'ok') throw new Error(`answered ${response.status} ${text}`);
}

async function rpcCall(target) {
  const value = await target.ping('ok');
  if (value !== 'ok') throw new Error(`answered ${value}`);
}

/** As the in-Worker runtime of a derived caller makes it: the context and the call in one argument of the reserved method. */
async function meshedRpcCall(target) {
  const value = await target['selvedge:call'](['\n\n\nhops=0;caller=driver', 'ping', ['ok']]);
  if (value !== 'ok') throw new Error(`answered ${value}`);
}
