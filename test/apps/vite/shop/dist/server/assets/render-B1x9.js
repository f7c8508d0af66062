import { Buffer } from "node:buffer";
async function render(env, path) { return `${Buffer.from(path).toString("base64")} ${await env.STOCK.count("tea")}`; }
export { render };
