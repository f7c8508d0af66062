/** Storage, queues and what else the platform binds. */
import { eventually } from './told.js';

const area = 'storage and queues';

export const storageRows = [
  {
    rule: 'KV keeps values, metadata and lists',
    area,
    run: ({ env }) => env.STORE.kv('word', 'value'),
    is: { stored: 'value', metadata: { length: 5 }, keys: ['word'] },
  },
  { rule: 'D1 answers queries', area, run: ({ env }) => env.STORE.d1(), is: [{ id: 1, word: 'one' }] },
  {
    rule: 'R2 keeps files',
    area,
    run: ({ env }) => env.STORE.r2('of a file'),
    is: { text: 'of a file', type: 'text/plain', size: 9 },
  },
  {
    rule: 'a queue delivers to its consumer, which calls other Workers',
    area,
    run: async ({ env }) => [await env.STORE.enqueue('job'), await eventually(() => env.STORE.stored('queued-job'))],
    is: ['sent', 'parity-jobs 2'],
  },
  {
    rule: 'vars, version metadata and names of all bindings are as bare',
    area,
    run: ({ env }) => env.STORE.vars(),
    is: { region: 'eu', version: 'string', bindings: ['DB', 'FILES', 'JOBS', 'LEDGER', 'REGION', 'VERSION', 'WORDS'] },
  },
];
