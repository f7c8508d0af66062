export default {
  async fetch(request: Request, env: any, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/send') {
      await env.JOBS.send({ word: 'queued' });
      return new Response('sent', { status: 202 });
    }
    if (pathname === '/later') {
      // The answer does not wait for this call.
      ctx.waitUntil(env.LEDGER.write('waited'));
      return new Response('later', { status: 202 });
    }
    return Response.json(await env.LEDGER.read());
  },
};
