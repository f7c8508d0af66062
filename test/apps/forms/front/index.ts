/** Asks every form by fetch, and by RPC for what it has. */
export default {
  async fetch(request: Request, env: Record<string, any>): Promise<Response> {
    const [, binding = '', method] = new URL(request.url).pathname.split('/');
    const target = env[binding];
    try {
      if (method) return Response.json(await target[method]('x'));
      const response: Response = await target.fetch(new Request(request));
      return new Response(await response.text(), { status: response.status });
    } catch (error) {
      return new Response(`${(error as Error).name}: ${(error as Error).message}`, { status: 500 });
    }
  },
};
