import { Hono } from 'hono';
import { contextStorage, getContext } from 'hono/context-storage';
import { cors } from 'hono/cors';

type Bindings = { BOOKS: Fetcher };
const app = new Hono<{ Bindings: Bindings; Variables: { user: string } }>();

app.use(contextStorage());
app.use('/api/*', cors());
app.use(async (c, next) => {
  c.set('user', c.req.header('x-user') ?? 'nobody');
  await next();
  c.header('x-served-for', c.var.user);
});

const whoAsks = () => getContext<{ Variables: { user: string } }>().var.user;

app.get('/', (c) => c.html('<h1>Books</h1>'));
app.all('/api/*', (c) => c.env.BOOKS.fetch(c.req.raw));
app.get('/hello', async (c) => {
  const books = await c.env.BOOKS.fetch(new Request('http://books/api/books'));
  return c.text(`${whoAsks()} may read ${(await books.json<unknown[]>()).length} books`);
});
app.onError((error, c) => c.text(`web failed: ${error.message}`, 500));

export default app;
