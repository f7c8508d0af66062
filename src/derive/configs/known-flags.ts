/** Which compatibility flags the installed workerd knows, asked of workerd itself, since it publishes no list. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { latestCompatibilityDate } from './compatibility.ts';

/** Runs `workerd test` on an empty Worker with the flag: about 20 ms each. Anything but "no such flag" counts as known. */
export async function findUnknownFlags(flags: Iterable<string>): Promise<ReadonlySet<string>> {
  const distinct = [...new Set(flags)];
  const unknown = new Set<string>();
  if (distinct.length === 0) return unknown;
  const { default: workerd } = createRequire(createRequire(import.meta.url).resolve('miniflare'))('workerd') as {
    default: string;
  };
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-flags-'));
  try {
    for (const [index, flag] of distinct.entries()) {
      const file = join(folder, `${index}.capnp`);
      await writeFile(file, configWith(flag));
      const errors = await new Promise<string>((done) => {
        execFile(workerd, ['test', '--experimental', file], { timeout: 10_000 }, (_error, _stdout, stderr) =>
          done(stderr),
        );
      });
      if (errors.includes(`No such compatibility flag: ${flag}`)) unknown.add(flag);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return unknown;
}

function configWith(flag: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "a", worker = (serviceWorkerScript = "addEventListener('fetch', () => {})",
  compatibilityDate = "${latestCompatibilityDate}", compatibilityFlags = [${JSON.stringify(flag)}]))]);
`;
}
