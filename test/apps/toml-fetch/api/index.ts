interface Env {
  LIMITS: { page: number; names: string[] };
  API_TOKEN: string;
}

const handler: ExportedHandler<Env> = {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/echo') {
      return Response.json({
        method: request.method,
        url: request.url,
        site: request.headers.get('x-site'),
        custom: request.headers.get('x-custom'),
        contentType: request.headers.get('content-type'),
        body: await request.text(),
      });
    }
    if (url.pathname === '/env') return Response.json({ limits: env.LIMITS, token: env.API_TOKEN });
    if (url.pathname === '/upper') return new Response(url.searchParams.get('w')!.toUpperCase());
    if (url.pathname === '/redirect') return Response.redirect('https://api.internal/landed', 302);
    if (url.pathname === '/landed') return new Response('landed');
    if (url.pathname === '/cookies') {
      const headers = new Headers();
      headers.append('set-cookie', 'a=1; Path=/');
      headers.append('set-cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
      return new Response(null, { status: 204, headers });
    }
    if (url.pathname === '/stream') {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const send = async () => {
        for (const part of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
          await writer.write(new TextEncoder().encode(part));
          await scheduler.wait(20);
        }
        await writer.close();
      };
      void send();
      return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
    }
    if (url.pathname === '/count') {
      let bytes = 0;
      for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.byteLength;
      return Response.json({ bytes });
    }
    if (url.pathname === '/status') return new Response('as asked', { status: Number(url.searchParams.get('code')) });
    return new Response(`nothing at ${url.pathname}`, { status: 404 });
  },
};

export default handler;
