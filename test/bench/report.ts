import type { BenchResult, Measured } from './bench.ts';
import { identityJson, identityLines } from './identity.ts';
import { type Operations, operationRates, per1000 } from './operations.ts';
import { routesJson, routesLines } from './routes.ts';
import { added, type Spread, spread } from './statistics.ts';

/** The figures as one line of JSON. */
export function benchJson(result: BenchResult): Record<string, unknown> {
  const { cpu, rpcCpu, latency } = result;
  return {
    addedCpuRatio: addedRatio(cpu, 'edge'),
    addedCpuMicros: addedMicros(cpu, 'edge'),
    rpcAddedCpuRatio: addedRatio(rpcCpu, 'edge'),
    rpcAddedCpuMicros: addedMicros(rpcCpu, 'edge'),
    meshedAddedCpuRatio: addedRatio(cpu, 'meshed'),
    meshedAddedCpuMicros: addedMicros(cpu, 'meshed'),
    rpcMeshedAddedCpuRatio: addedRatio(rpcCpu, 'meshed'),
    rpcMeshedAddedCpuMicros: addedMicros(rpcCpu, 'meshed'),
    addedLatencyRatio: addedRatio(latency, 'edge'),
    noisy: cpu.noisy || latency.noisy,
    rpcNoisy: rpcCpu.noisy,
    kvReadsPer1000: byRate(result.operations, 'kvReads'),
    durableObjectRequestsPer1000: byRate(result.operations, 'durableObjectRequests'),
    bundleGzipBytes: result.bundleGzipBytes,
    startupMs: rounded(result.startupMs, 1),
    routes: routesJson(result.routes),
    identity: identityJson(result.identity),
  };
}

/** What a path adds to the direct call, as a multiple of what the bare pass-through of the same run adds. */
function addedRatio({ rounds }: Measured, path: string): number {
  return rounded(added(rounds, path).ratio.median, 2);
}

function addedMicros({ rounds }: Measured, path: string): Record<string, number> {
  return {
    passThrough: rounded(added(rounds, 'pass').micros.median, 1),
    [path]: rounded(added(rounds, path).micros.median, 1),
  };
}

/** The figures for people: every one with its spread over the rounds. */
export function benchTable(result: BenchResult): string {
  const lines = [
    ...section('CPU per call, fetch (whole workerd process, telemetry included)', result.cpu),
    ...section('CPU per call, RPC', result.rpcCpu),
    ...section('Latency p50, fetch over HTTP, one client', result.latency),
  ];
  lines.push('', meshedNote);
  if (result.ingredients.length > 0) lines.push(...ingredientLines(result));
  lines.push('', `Operations per 1,000 calls in one isolate, ${result.operationSeconds} s from its first call`);
  for (const one of result.operations) {
    lines.push(
      `  ${`${one.rate}/s`.padEnd(6)} ${`${one.calls} calls`.padEnd(12)} KV keys read ${figure(per1000(one, 'kvReads'))} (${one.kvReads})` +
        `   Durable Object requests ${figure(per1000(one, 'durableObjectRequests'))} (${one.durableObjectRequests})`,
    );
  }
  lines.push(
    '',
    `Edge bundle, as wrangler uploads it: ${result.bundleBytes} bytes, ${result.bundleGzipBytes} bytes gzip`,
  );
  lines.push(`Edge start-up: ${result.startupMs.toFixed(1)} ms of CPU over an empty Worker`);
  lines.push(...routesLines(result.routes), ...identityLines(result.identity));
  if (!result.pinned) lines.push('workerd had no core of its own (no taskset): expect more noise.');
  return lines.join('\n');
}

const meshedNote =
  'meshed: caller and callee with the in-Worker runtime, edge between them, trace and deadline carried; edge: the edge alone.';

function section(title: string, { rounds, noisy }: Measured): string[] {
  const direct = spread(rounds.map((round) => round.direct as number));
  const lines = ['', `${title}; median of ${rounds.length} rounds (min..max)${noisy ? '  NOISY' : ''}`];
  lines.push(`  ${'direct'.padEnd(8)} ${micros(direct)}`);
  for (const path of Object.keys(rounds[0] ?? {}).filter((name) => name !== 'direct')) {
    const { micros: own, ratio } = added(rounds, path);
    lines.push(`  ${path.padEnd(8)} +${micros(own)}   ratio ${range(ratio, 2)}`);
  }
  return lines;
}

function ingredientLines({ ingredients }: BenchResult): string[] {
  const lines = ['', 'What an ingredient costs: the edge less an edge without it (the noise is that of the twin)'];
  for (const variant of Object.keys(ingredients[0] ?? {}).filter((name) => name.startsWith('edge-without-'))) {
    const saved = spread(ingredients.map((round) => (round.edge as number) - (round[variant] as number)));
    lines.push(`  ${variant.padEnd(32)} ${micros(saved)}   its ratio ${range(added(ingredients, variant).ratio, 2)}`);
  }
  const twin = spread(ingredients.map((round) => (round.twin as number) - (round.pass as number)));
  lines.push(`  ${'twin less pass'.padEnd(32)} ${micros(twin)}`);
  return lines;
}

function byRate(operations: readonly Operations[], count: 'kvReads' | 'durableObjectRequests'): Record<string, number> {
  return Object.fromEntries(
    operationRates.map((rate) => {
      const one = operations.find((operation) => operation.rate === rate);
      return [String(rate), one === undefined ? Number.NaN : rounded(per1000(one, count), 1)];
    }),
  );
}

function micros(value: Spread): string {
  return `${range(value, 1)} us`;
}

function range({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`;
}

function figure(value: number): string {
  return value.toFixed(1).padStart(6);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
