import { createHash } from 'node:crypto';

export default {
  async fetch(_request: Request, env: { LATER: { stamp(text: string): Promise<string> } }): Promise<Response> {
    const stamped = await env.LATER.stamp('x');
    return new Response(`${stamped} ${createHash('md5').update(stamped).digest('hex').slice(0, 6)}`);
  },
};
