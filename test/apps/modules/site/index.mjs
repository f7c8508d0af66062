import manifestText from '__STATIC_CONTENT_MANIFEST';

const manifest = JSON.parse(manifestText);

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname.slice(1) || 'index.html';
    const key = manifest[path] ?? path;
    const text = await env.__STATIC_CONTENT.get(key);
    return text === null ? new Response('no such file', { status: 404 }) : new Response(text);
  },
};
