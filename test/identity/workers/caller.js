// Calls what the test names: a method of a binding, or its fetch, which it may abort.
export default {
  async fetch(request, env) {
    const { binding, method, args, url, init, abortMs } = await request.json();
    try {
      if (method !== undefined) return Response.json({ value: await env[binding][method](...args) });
      const signal = abortMs === undefined ? undefined : AbortSignal.timeout(abortMs);
      const response = await env[binding].fetch(url, { ...init, signal });
      return Response.json({ status: response.status, body: await response.text() });
    } catch (error) {
      return Response.json({ thrown: String(error) });
    }
  },
};
