export default {
  fetch: async (_request, env) => (await env.MIRROR.fetch('http://mirror/')).json().then((seen) => Response.json(seen)),
  async double(value, _env, _ctx) {
    return value * 2;
  },
  two: (value, env) => `${value} ${typeof env.MIRROR.fetch}`,
  four: (_a, _b, _env, _ctx) => 4,
  version: 5,
};
