export default {
  async fetch(request, env) {
    const users = await (await env.USERS.fetch('http://users/')).json();
    const rates = await env.RATES.today();
    return Response.json({ portal: env.STAGE, users, rates });
  },
};
