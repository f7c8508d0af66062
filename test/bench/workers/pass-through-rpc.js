import { WorkerEntrypoint } from 'cloudflare:workers';

/** The bare pass-through of an RPC service: its one method, written out. */
export default class extends WorkerEntrypoint {
  ping(value) {
    return this.env.UP.ping(value);
  }
}
