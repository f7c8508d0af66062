import template from './page.tpl';
import { shout } from './lib/shout.mjs';
const handler = { async fetch(request, env) { const { pathname } = new URL(request.url); if (pathname === '/lazy') { const { whisper } = await import('./lib/whisper.mjs'); return new Response(whisper('HELLO')); } const word = await (await env.CORE.fetch(request)).text(); return new Response(template.trim().replace('%', shout(word))); } };
export { handler as default };
