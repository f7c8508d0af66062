import { WorkerEntrypoint } from 'cloudflare:workers';

class Rates extends WorkerEntrypoint<{ BASE: number }> {
  today(): number {
    return this.env.BASE + 0.5;
  }
}

export { Rates as default };
