import { WorkerEntrypoint } from 'cloudflare:workers';

const instrument = (handler) => new Proxy(handler, {});

export class Named extends WorkerEntrypoint {
  hello(word) {
    return `hello ${word}`;
  }
}

export default instrument({
  async fetch(request) {
    return new Response(`${request.method} ${new URL(request.url).pathname} ${request.headers.get('x-word') ?? '-'}`);
  },
});
