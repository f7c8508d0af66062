import { label } from '#shared';

export default {
  fetch: (_request: Request, env: { COLOR: string; OF?: string }) => new Response(label(env.COLOR + (env.OF ?? ''))),
};
