/** `npm start`: the demo shop behind its edges. With `--once` it places 1,000 orders, checks them all, and ends. */
import { scriptOptions } from './script-options.ts';
import { runOnce } from './shop/once.ts';
import { serve } from './shop/serve.ts';

const usage = `npm start [-- OPTIONS]

Runs the demo shop behind its edges, until Ctrl-C.

  --once         place 1,000 orders in three phases, check every answer, trace and piece of stock, and end
  --port PORT    port of the gateway (8787, or the next free one)
  --persist DIR  where state is kept
  --json         JSON on standard output; what happens on the way goes to standard error`;

const values = scriptOptions(usage, {
  once: { type: 'boolean' },
  json: { type: 'boolean' },
  port: { type: 'string' },
  persist: { type: 'string' },
});

if (values.once) {
  // With --json, standard output is one line of JSON; what happens on the way goes to standard error.
  const { faults, ...result } = await runOnce((line) =>
    process.stderr.write(`${process.uptime().toFixed(1).padStart(5)} s  ${line}\n`),
  );
  for (const fault of faults.slice(0, 20)) process.stderr.write(`fault: ${fault}\n`);
  if (faults.length > 20) process.stderr.write(`and ${faults.length - 20} faults more\n`);
  process.stdout.write(`${values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2)}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} else {
  await serve({
    port: values.port === undefined ? undefined : Number(values.port),
    persist: values.persist,
    json: values.json ?? false,
  });
}
