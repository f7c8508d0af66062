addEventListener('fetch', (event) => event.respondWith(answer(event.request)));

async function answer() {
  const seen = await (await MIRROR.fetch('http://mirror/')).json();
  return Response.json(seen);
}
