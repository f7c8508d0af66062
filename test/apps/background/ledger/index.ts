import { WorkerEntrypoint } from 'cloudflare:workers';

const words = new Set<string>();

export default class extends WorkerEntrypoint {
  async write(word: string) {
    words.add(word);
  }
  async read() {
    return [...words].sort();
  }
}
