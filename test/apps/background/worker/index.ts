// Nothing but handlers that no request reaches.
export default {
  async queue(batch: MessageBatch<{ word: string }>, env: { LEDGER: { write(word: string): Promise<void> } }) {
    for (const message of batch.messages) await env.LEDGER.write(message.body.word);
  },
  async scheduled() {},
} satisfies ExportedHandler<any, { word: string }>;
