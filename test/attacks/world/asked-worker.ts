/**
 * An external authoriser with rules of its own, by what it is told alone: nobody may see `/admin` or `/health`, call by `DELETE` or `RPC`, come as
 * `stranger`, for another tenant than `good`, with `as=root` in the query. Beside `/check` it has pages for everybody. `x-verdict` asks for
 * odd answers.
 */
export const askedWorker = `
const endless = () => new ReadableStream({ pull(controller) { controller.enqueue(new Uint8Array(65536)); } });
const unending = () => new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(8)); } });
export default {
  async fetch(request) {
    const { headers, method, url } = request;
    const { pathname, search, host } = new URL(url);
    if (!pathname.startsWith('/check/')) return new Response();
    const path = pathname.slice('/check'.length);
    const tenant = headers.get('x-tenant') ?? 'good';
    const principal = headers.get('selvedge-principal') ?? '';
    const refused =
      /^\\/(admin|health)\\b/.test(path) || method === 'DELETE' || path.startsWith('/rpc/') || principal.endsWith('/stranger') ||
      tenant !== 'good' || search.includes('as=root') || host.startsWith('inner.');
    if (refused) return new Response('no', { status: 403 });
    switch (headers.get('x-verdict')) {
      case 'redirect': return Response.redirect(new URL('/welcome', url), 302);
      case 'upgrade': return new Response(null, { status: 101, webSocket: new WebSocketPair()[0] });
      case 'nothing': return new Response(null, { status: 204 });
      case 'down': return new Response('broken', { status: 500 });
      case 'hang': await scheduler.wait(3000); return new Response();
      case 'huge': return new Response('x'.repeat(1_000_000), { status: 403 });
      case 'unending': return new Response(unending(), { status: 403 });
      case 'endless': return new Response(endless());
      case 'silent': return new Response();
      default: return new Response(null, { headers: { 'x-user': 'alice', 'x-asked': path + search } });
    }
  }
}`;

const service = (name: string, provider: object, rule: object = {}) => ({
  service: name,
  public: { hosts: [`${name}.example`, `inner.${name}.example`] },
  versions: { v1: { worker: 'callee' } },
  access: {
    providers: {
      opa: {
        worker: 'asked',
        pathPrefix: '/check',
        timeout: '400ms',
        requestHeaders: ['x-verdict', 'x-tenant'],
        upstreamHeaders: ['x-user', 'x-asked'],
        ...provider,
      },
    },
    rules: [{ name: 'ask', action: 'custom', provider: 'opa', ...rule }],
  },
});

/** Services about whose calls it is asked: with verdicts for once, with verdicts that are remembered, and one that lets pass without a verdict. */
export const askingServices = {
  asking: service('asking', {}),
  remembering: service('remembering', { cache: { ttl: '1h' } }),
  lenient: service('lenient', { failOpen: true }),
};
