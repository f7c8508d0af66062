/** Books parcels. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Bindings } from './bindings.ts';

/** A parcel holds so many pieces. */
const piecesPerParcel = 5;

let served = 0;

export default class Shipping extends WorkerEntrypoint<Bindings> {
  /** Books as many parcels as the order needs. */
  async schedule(order: string, quantity: number) {
    served += 1;
    return { tracking: `SV${order.slice(0, 8).toUpperCase()}`, parcels: Math.ceil(quantity / piecesPerParcel), served };
  }
}
