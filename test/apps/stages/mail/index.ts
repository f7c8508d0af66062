import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Mail extends WorkerEntrypoint<{ STAGE?: string; AUDIT?: Fetcher }> {
  async fetch() {
    return Response.json([this.env.STAGE ?? 'production', 'AUDIT' in this.env, this.ctx.props]);
  }
}
