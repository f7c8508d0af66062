/**
 * The Worker that calls in mesh cases. The test names the binding, the host to call it by and the headers to send; the request target
 * and everything else go on as they came.
 */
export default {
  async fetch(request, env) {
    const binding = request.headers.get('caller-binding');
    const host = request.headers.get('caller-host');
    const url = request.url.replace(/^(https?:\/\/)[^/]+/, `$1${host}`);
    const outgoing = new Request(url, request);
    for (const name of ['caller-binding', 'caller-host']) outgoing.headers.delete(name);
    return env[binding].fetch(outgoing, { redirect: 'manual' });
  },
};
