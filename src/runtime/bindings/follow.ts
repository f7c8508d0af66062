/** Redirects of a fetch, followed one by one, so that each target is judged like a call of its own (Fetch Standard, HTTP-redirect fetch). */

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** The Fetch Standard's bound. */
const mostRedirects = 20;

/** Fetches by `send`, which is asked for each request of the chain. A request that wants to see redirects itself gets the first response. */
export async function fetchFollowing(send: Fetch, input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const mode = init.redirect ?? (input instanceof Request ? input.redirect : 'follow');
  if (mode !== 'follow') return send(input, init);
  const first = new Request(input as RequestInfo, { ...init, redirect: 'manual' });
  let { method, url } = first;
  // A copy of its own: the body of the first request goes out with it, and its headers may not be touched any more.
  const headers = new Headers(first.headers);
  let body = resendable(init.body);
  let streamed = first.body !== null && body === undefined;
  let response = await send(first, signalOf(init));
  for (let count = 0; ; count += 1) {
    const location = redirects.has(response.status) ? response.headers.get('location') : null;
    if (location === null)
      return count === 0 ? response : Object.defineProperty(response, 'redirected', { value: true });
    if (count === mostRedirects) throw new TypeError('Too many redirects.');
    const target = new URL(location, url);
    if (target.protocol !== 'http:' && target.protocol !== 'https:')
      throw new TypeError(`A redirect leads to ${target.protocol}, which cannot be fetched.`);
    const { status } = response;
    if ((status === 303 && method !== 'GET' && method !== 'HEAD') || (status <= 302 && method === 'POST')) {
      method = 'GET';
      body = undefined;
      streamed = false;
      for (const name of bodyHeaders) headers.delete(name);
    } else if (streamed) throw new TypeError('A redirect asks for the body again, which was a stream and is gone.');
    if (target.origin !== new URL(url).origin) headers.delete('authorization');
    // A fragment that the redirect does not name is kept; nobody outside sees it.
    url = target.href;
    await response.body?.cancel();
    // Written anew, a form has another boundary.
    if (body instanceof FormData) headers.delete('content-type');
    const { cf } = init as { readonly cf?: unknown };
    const next = {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      ...(cf ? { cf } : {}),
    };
    response = await send(new Request(url, next as RequestInit), signalOf(init));
  }
}

/** RFC 9110 section 15.4: what describes the body that is left out. */
const bodyHeaders = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'];

function signalOf({ signal }: RequestInit): RequestInit | undefined {
  return signal ? { signal } : undefined;
}

/** A body that can be sent again; a stream cannot. */
function resendable(body: RequestInit['body']): RequestInit['body'] | undefined {
  return body === null || body instanceof ReadableStream ? undefined : body;
}
