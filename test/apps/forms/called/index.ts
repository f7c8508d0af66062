import { Hono } from 'hono';

/** As error reporters do it: the handlers of the app are replaced in place, and the app is given back. */
function withReports<Handler extends { fetch: (...args: any[]) => any }>(handler: Handler): Handler {
  handler.fetch = new Proxy(handler.fetch, {
    async apply(target, self, args) {
      const response = await Reflect.apply(target, self, args);
      return new Response(`reported ${await response.text()}`, response);
    },
  });
  return handler;
}

const app = new Hono();
app.get('*', (c) => c.text(c.req.path));

export default withReports(app);
