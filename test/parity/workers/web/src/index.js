/** A Hono app as default export. */
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { streamText } from 'hono/streaming';

const app = new Hono();
app.use(async (c, next) => {
  await next();
  c.header('x-middleware', 'ran');
});
app.get('/sum/:a/:b', async (c) =>
  c.json({ sum: await c.env.LEDGER.add(Number(c.req.param('a')), Number(c.req.param('b'))) }),
);
app.get('/import', async (c) => c.json({ sum: await env.LEDGER.add(1, 1), same: env.LEDGER === c.env.LEDGER }));
app.all('/proxy', (c) => c.env.ECHO.fetch(new Request('http://echo.example/echo', c.req.raw)));
app.get('/stream', (c) =>
  streamText(c, async (stream) => {
    for (const word of ['one', 'two']) await stream.write(`${word} ${await c.env.LEDGER.add(word.length, 0)}\n`);
  }),
);
app.get('/later', (c) => {
  c.executionCtx.waitUntil(c.env.ECHO.fetch('http://echo.example/note?key=hono-later&value=noted'));
  return c.text('later');
});
app.get('/fail', () => {
  throw new Error('hono handles this');
});
app.onError((error, c) => c.text(`handled: ${error.message}`, 500));

export default app;
