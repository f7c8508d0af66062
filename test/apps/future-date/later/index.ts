import { Buffer } from 'node:buffer';
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Later extends WorkerEntrypoint {
  stamp(text: string): string {
    return Buffer.from(text).toString('hex');
  }
}
