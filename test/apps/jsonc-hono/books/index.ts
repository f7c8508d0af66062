import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';

const books = [
  { id: 1, title: 'On Weaving' },
  { id: 2, title: 'The Selvedge' },
];

const app = new Hono().basePath('/api');

app.get('/books', (c) => c.json(books));
app.get('/books/:id', (c) => {
  const book = books.find(({ id }) => id === Number(c.req.param('id')));
  if (!book) throw new HTTPException(404, { message: 'no such book' });
  return c.json(book);
});
app.post('/books', async (c) => {
  const { title } = await c.req.json();
  return c.json({ id: 3, title }, 201);
});
app.get('/broken', () => {
  throw new Error('shelf fell down');
});

export default { fetch: app.fetch };
