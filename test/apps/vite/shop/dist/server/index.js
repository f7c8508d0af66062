import { render } from "./assets/render-B1x9.js";
const server = { async fetch(request, env) { const url = new URL(request.url); if (url.pathname === "/secret") return new Response(env.SHOP_SECRET); return new Response(await render(env, url.pathname)); } };
export { server as default };
