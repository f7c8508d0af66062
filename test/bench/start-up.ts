import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { processCpuMicros } from './cpu-clock.ts';
import { eachInTurn } from './each-in-turn.ts';
import type { Module } from './edge-parts.ts';
import type { Platform } from './platform.ts';
import { median } from './statistics.ts';

/**
 * Milliseconds of CPU that the edge's modules add to the start of a fresh workerd: all that the process has used when it listens, which
 * is after all Workers have been compiled and their top level has run, less the same with an empty Worker. Median of pairs, in turn.
 * The platform's own limit on start-up is one of CPU time as well.
 */
export async function measureStartUp(edge: readonly Module[], platform: Platform, pairs: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-startup-'));
  try {
    const empty = readFileSync(new URL('./workers/empty.js', import.meta.url));
    const emptyConfig = await writeConfig(
      folder,
      'empty',
      [{ type: 'ESModule', path: 'index.js', contents: empty }],
      platform,
    );
    const edgeConfig = await writeConfig(folder, 'edge', edge, platform);
    await cpuToListen(edgeConfig);
    const differences = await eachInTurn(Array.from({ length: pairs }), async () => {
      const bare = await cpuToListen(emptyConfig);
      return (await cpuToListen(edgeConfig)) - bare;
    });
    return median(differences);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeConfig(
  folder: string,
  name: string,
  modules: readonly Module[],
  platform: Platform,
): Promise<string> {
  const entries = await eachInTurn(modules, async (module, index) => {
    const file = `${name}-${index}.js`;
    await writeFile(join(folder, file), module.contents);
    return `(name = "${module.path}", esModule = embed "${file}")`;
  });
  const flags = platform.compatibilityFlags.map((flag) => `"${flag}"`).join(', ');
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${entries.join(', ')}],
    compatibilityDate = "${platform.compatibilityDate}",
    compatibilityFlags = [${flags}]
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`;
  const path = join(folder, `${name}.capnp`);
  await writeFile(path, config);
  return path;
}

/** The workerd that miniflare runs, so that all figures are of one runtime. */
function workerdProgram(): string {
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  return (fromMiniflare('workerd') as { default: string }).default;
}

function cpuToListen(configPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(workerdProgram(), ['serve', configPath, '--control-fd=3'], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let complaints = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    let listening: number | undefined;
    (child.stdio[3] as Readable).once('data', () => {
      listening = processCpuMicros(child.pid as number) / 1000;
      child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => {
      if (listening === undefined) reject(new Error(`workerd did not listen: ${complaints}`));
      else resolve(listening);
    });
  });
}
