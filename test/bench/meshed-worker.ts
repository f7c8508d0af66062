/** A Worker as the derivation makes it: its own module with the in-Worker runtime before it. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { WorkerOptions } from 'miniflare';
import type { RuntimeConfig } from '../../src/core/configs/runtime-config.ts';
import type { Bundle } from '../../src/derive/code/bundle.ts';
import { addRuntime } from '../../src/derive/code/user-entry.ts';
import { withAsyncLocalStorage } from '../../src/derive/configs/compatibility.ts';
import type { Platform } from './platform.ts';

export interface MeshedWorker {
  readonly name: string;
  /** Path of its only module. */
  readonly file: string;
  readonly config: RuntimeConfig;
  /** What the module exports by name, `default` included. */
  readonly exports?: readonly string[];
}

export async function meshedWorker(
  platform: Platform,
  runtime: string,
  { name, file, config, exports = ['default'] }: MeshedWorker,
  more: object = {},
): Promise<WorkerOptions> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-meshed-'));
  try {
    const main = basename(file);
    await copyFile(file, join(folder, main));
    const bundle: Bundle = { folder, main, format: 'modules', modules: [{ name: main, type: 'ESModule' }], exports };
    const modules = await addRuntime(bundle, config, runtime);
    const contents = await Promise.all(modules.map((module) => readFile(join(folder, module.name))));
    return {
      name,
      modulesRoot: '/',
      modules: modules.map((module, index) => ({ type: module.type, path: module.name, contents: contents[index] })),
      ...platform,
      compatibilityFlags: [...withAsyncLocalStorage(platform.compatibilityFlags)],
      ...more,
    } as WorkerOptions;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
