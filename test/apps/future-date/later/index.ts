import { request } from 'node:http';
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Later extends WorkerEntrypoint {
  stamp(text: string): string {
    // Globals and modules that only nodejs_compat brings, some of them by the bundler.
    const { Buffer, process } = globalThis as any;
    if (typeof process.nextTick !== 'function' || typeof request !== 'function') throw new Error('no Node.js');
    return Buffer.from(text).toString('hex');
  }
}
