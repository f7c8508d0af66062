addEventListener('fetch', (event) => {
  event.respondWith(handle(event.request));
});

async function handle(request) {
  const url = new URL(request.url);
  if (url.pathname === '/title') return new Response(TITLE);
  if (url.pathname === '/cached') {
    await CACHE.put('key', 'value');
    return new Response(await CACHE.get('key'));
  }
  if (url.pathname === '/post') return MODERN.fetch('https://modern/echo', { method: 'POST', body: await request.text() });
  return MODERN.fetch(request);
}
