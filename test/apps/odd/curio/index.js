import { env as imported } from 'cloudflare:workers';

const answers = {
  '/get': (env) => env.get.fetch('http://o/get'),
  '/delete': async (env) => new Response(await env.delete.hello('x')),
  '/dash': (env) => env['my-service'].fetch('http://o/dash'),
  '/fetch': (env) => env.fetch.fetch('http://o/fetch'),
  '/destructured': async ({ AGAIN: { fetch } }) => new Response(typeof fetch),
  '/imported': () => imported['my-service'].fetch('http://o/imported'),
  '/keys': (env) => Response.json(Object.keys(env).filter((key) => /^[a-z-]+$|^AGAIN$/.test(key)).sort()),
  '/spread': (env) => ({ ...env }).get.fetch('http://o/spread'),
  '/in': (env) => Response.json(['get' in env, 'nothing' in env]),
  '/init': (env) => env.get.fetch('http://o/init', { method: 'DELETE', headers: [['x-word', 'init']] }),
};

export default Object.freeze({
  fetch(request, env) {
    const answer = answers[new URL(request.url).pathname];
    return answer ? answer(env) : new Response('Not found', { status: 404 });
  },
});
