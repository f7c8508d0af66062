export default {
  async fetch(request, env) {
    const n = Number(new URL(request.url).searchParams.get('n'));
    if (n === 0) return new Response('pong!');
    const answer = await env.PING.fetch(`http://ping/?n=${n - 1}`);
    return new Response(`pong ${await answer.text()}`);
  },
};
