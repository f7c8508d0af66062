import type { Asked } from './entry.ts';

/** What a request asks for, as far as its address says. */
export function askedBy(method: string, path: string): Asked {
  const split = /^\/api\/services\/([^/]+)\/split$/.exec(path)?.[1];
  if (split !== undefined && method === 'POST') return { action: 'split', key: `service/${split}` };
  if (path === '/login' && method === 'POST') return { action: 'login', key: '' };
  if (path === '/api/documents' && method === 'POST') return { action: 'apply', key: '' };
  const key = /^\/api\/documents\/(.+)$/.exec(path)?.[1]?.replace(/%2f/gi, '/');
  return { action: method.toLowerCase(), key: key ?? path };
}
