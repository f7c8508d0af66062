export default {
  async fetch(request: Request, env: { DOCS: Fetcher }): Promise<Response> {
    const word = new URL(request.url).searchParams.get('q') ?? '';
    const guide = await (await env.DOCS.fetch('https://docs/guide.txt')).text();
    const plan = await (await env.DOCS.fetch('https://docs/guarded/plan.txt')).text();
    return Response.json({ guide: guide.includes(word), plan: plan.trim() });
  },
};
