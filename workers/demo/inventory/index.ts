/** The shelves: what is there, what it costs, and nobody takes what is gone. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Bindings } from './bindings.ts';

export { Stock } from './stock.ts';

let served = 0;

export default class Inventory extends WorkerEntrypoint<Bindings> {
  /** Everything on the shelves. */
  async stock() {
    served += 1;
    return { items: await this.shelves().list(), served };
  }

  /** Takes goods off the shelf, all or nothing, and says what they cost. */
  async reserve(sku: string, quantity: number) {
    served += 1;
    return { ...(await this.shelves().take(sku, quantity)), served };
  }

  /** Puts goods back. */
  async release(sku: string, quantity: number) {
    served += 1;
    return { left: await this.shelves().putBack(sku, quantity), served };
  }

  private shelves() {
    return this.env.STOCK.getByName('warehouse');
  }
}
