import { WorkerEntrypoint } from 'cloudflare:workers';

/** One class under three names, the default among them. */
export class Inner extends WorkerEntrypoint {
  async fetch() {
    return new Response(`inner ${JSON.stringify(this.ctx.props)}`);
  }
  say(word) {
    return { word, props: this.ctx.props };
  }
}
