import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { env } from 'cloudflare:workers';
import type Vault from '../vault/index';

const requestId = new AsyncLocalStorage<string>();

async function seal(text: string): Promise<string> {
  // No env is handed down: the module's own import is used, as many do.
  const sealed = await (env as { VAULT: Service<typeof Vault> }).VAULT.seal(text);
  return `${requestId.getStore()}:${sealed}`;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const id = request.headers.get('x-id') ?? randomBytes(4).toString('hex');
    return requestId.run(id, async () => {
      const { pathname } = new URL(request.url);
      if (pathname === '/hash') return new Response(createHash('sha256').update('abc').digest('hex'));
      if (pathname === '/base64') return new Response(Buffer.from('näht').toString('base64'));
      if (pathname === '/env') return new Response(process.env.MODE ?? 'unset');
      const sealed = await Promise.all(['a', 'b', 'c'].map(seal));
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Response.json([...sealed, requestId.getStore()]);
    });
  },
};
