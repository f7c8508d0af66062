/**
 * CPU of workerd per stored call, by size of batch: `npx tsx test/telemetry/cpu-per-call.ts`. Linux only: reads /proc.
 * Each call has one attempt. What the transport alone costs is measured beside it, and the median of the rounds is printed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Batch } from '../../src/telemetry/batch.ts';
import { attemptOf, batchOf, callOf, traceIdOf } from './records.ts';
import { startDriver } from './shard-driver.ts';

const rounds = 7;
const callsPerRound = 5_000;

/** CPU time of this process's workerd, all threads, in microseconds. */
function workerdCpuMicros(): number {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
      if (parent !== String(process.pid) || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('workerd')) continue;
      return readdirSync(`/proc/${pid}/task`)
        .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
        .reduce((sum, nanos) => sum + nanos / 1_000, 0);
    } catch {
      // A process that ended while it was looked at.
    }
  }
  throw new Error('workerd was not found');
}

function median(values: number[]): string {
  return (values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number).toFixed(1);
}

const driver = await startDriver();
for (const size of [1, 50, 256]) {
  const records = Array.from({ length: size }, (_, index) =>
    callOf({ traceId: traceIdOf(index), attempts: [attemptOf()] }),
  );
  const metric = {
    service: 'payment',
    version: 'v1',
    route: 'default',
    caller: 'orders',
    kind: 'fetch',
    status: 200,
  } as const;
  const metrics: Batch['metrics'] = [{ ...metric, outcome: 'response', count: size, sumMs: 50, buckets: [0, 0, size] }];
  const template = JSON.stringify({ ...batchOf(1, records, { metrics }), sequence: 0 });
  const batches = Math.ceil(Math.min(callsPerRound, size * 500) / size);
  const micros = { receive: [] as number[], ingest: [] as number[] };
  await driver.measure('prepare', template, batches);
  for (let round = 0; round < rounds; round++) {
    for (const step of ['receive', 'ingest'] as const) {
      const before = workerdCpuMicros();
      await driver.measure(step, `${step}-${size}-${round}`);
      micros[step].push((workerdCpuMicros() - before) / (batches * size));
    }
  }
  console.log(
    `batches of ${size} (${template.length} bytes): ${median(micros.ingest)} us a call stored, of which transport ${median(micros.receive)} us`,
  );
}
await driver.stop();
