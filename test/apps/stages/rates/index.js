export default { fetch: (_request, env) => new Response(`rates of ${env.STAGE}`) };
