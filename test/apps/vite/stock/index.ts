import { WorkerEntrypoint } from 'cloudflare:workers';

export class Stock extends WorkerEntrypoint {
  count(item: string): string {
    return `${item}: 3`;
  }
}

export default {
  fetch: () => new Response('stock'),
};
