/** Uses the platform's storage, and answers for its queue and its cron. */
import { WorkerEntrypoint } from 'cloudflare:workers';

export default class Store extends WorkerEntrypoint {
  async kv(key, value) {
    await this.env.WORDS.put(key, value, { metadata: { length: value.length } });
    const { value: stored, metadata } = await this.env.WORDS.getWithMetadata(key);
    return { stored, metadata, keys: (await this.env.WORDS.list({ prefix: key })).keys.map(({ name }) => name) };
  }
  async d1() {
    await this.env.DB.exec('CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, word TEXT)');
    await this.env.DB.prepare('INSERT OR REPLACE INTO words VALUES (?1, ?2)').bind(1, 'one').run();
    const { results } = await this.env.DB.prepare('SELECT * FROM words').all();
    return results;
  }
  async r2(text) {
    await this.env.FILES.put('a/b.txt', text, { httpMetadata: { contentType: 'text/plain' } });
    const file = await this.env.FILES.get('a/b.txt');
    return { text: await file.text(), type: file.httpMetadata.contentType, size: file.size };
  }
  async enqueue(word) {
    await this.env.JOBS.send({ word });
    return 'sent';
  }
  async stored(key) {
    return this.env.WORDS.get(key);
  }
  vars() {
    return { region: this.env.REGION, version: typeof this.env.VERSION.id, bindings: Object.keys(this.env).sort() };
  }
  async queue(batch) {
    for (const { body } of batch.messages)
      await this.env.WORDS.put(`queued-${body.word}`, `${batch.queue} ${await this.env.LEDGER.add(1, 1)}`);
    batch.ackAll();
  }
  async scheduled(controller) {
    await this.env.WORDS.put(
      'cron',
      `${controller.cron} ${controller.scheduledTime} ${await this.env.LEDGER.add(2, 2)}`,
    );
  }
}
