const asked = async (env, name) => {
  if (!env[name]) return 'no binding';
  return (await env[name].fetch('http://any/')).text();
};

export default {
  async fetch(_request, env) {
    const [mail, audit, rates] = await Promise.all(['MAIL', 'AUDIT', 'RATES'].map((name) => asked(env, name)));
    return Response.json({ stage: env.STAGE, mail, audit, rates });
  },
};
