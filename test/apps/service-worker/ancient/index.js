self.addEventListener('fetch', function (event) {
  event.respondWith(new Response('ancient says ' + new URL(event.request.url).pathname.slice(1)));
});
