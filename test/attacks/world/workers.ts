/** The Workers of the world of attacks. */

/** Says what it received. */
export const callee = (worker: string) => `
export default {
  async fetch(request) {
    if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      return new Response(null, { status: 101, webSocket: client });
    }
    const body = request.body === null ? '' : await request.text();
    const { method, url } = request;
    return Response.json({ worker: '${worker}', method, url, pathname: new URL(url).pathname, headers: Object.fromEntries(request.headers), body });
  }
}`;

/** Hands what came at its socket to the binding that a header names, as it is: its address never passed a URL parser. */
export const relay = `
export default {
  async fetch(request, env) {
    const binding = request.headers.get('x-via');
    return binding === null ? new Response('no binding', { status: 418 }) : env[binding].fetch(request);
  }
}`;

/** Calls bindings with what a test says: any URL, headers, \`cf\`, and RPC. */
export const caller = `
export default {
  async fetch(request, env) {
    const { binding, url, init, rpc } = await request.json();
    try {
      if (rpc !== undefined) return Response.json({ value: await env[binding][rpc.method](...rpc.args) ?? null });
      return await env[binding].fetch(url, init);
    } catch (error) {
      return Response.json({ thrown: String(error.message), code: error.code ?? '' }, { status: 599 });
    }
  }
}`;
