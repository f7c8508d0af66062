import { Hono } from 'hono';

const app = new Hono();
app.get('/context', async (c) => c.json(await (await c.env.MIRROR.fetch('http://mirror/')).json()));
export default app;
