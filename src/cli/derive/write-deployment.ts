/** Writes a derived deployment as a folder of build output, in bytes that depend on nothing but what it was derived from. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { usageFailure } from '../failure.ts';
import type { DeployableWorker, Deployment, WorkerRole } from './derive-deployment.ts';

/** What a folder of build output says of itself; by it the next derivation knows what it may replace. */
export interface DeploymentIndex {
  readonly environment?: string;
  readonly registry: { readonly name: string; readonly id: string };
  /** In the order of deployment. */
  readonly workers: readonly { readonly name: string; readonly role: WorkerRole; readonly service?: string }[];
}

export const indexFile = 'deployment.json';
/** As `wrangler kv bulk put` takes it. */
export const documentsFile = 'documents.json';
export const configFile = 'wrangler.json';

/** Refuses a folder that holds anything but an earlier derivation: people's own files are never replaced. */
export async function checkOutput(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw usageFailure(`--out "${folder}" is no directory that can be written`);
  });
  const known = await derivedEntries(folder);
  const foreign = entries.filter((entry) => !known.includes(entry));
  if (foreign.length > 0)
    throw usageFailure(`--out "${folder}" holds files that no derivation wrote (${foreign.join(', ')}); name another`);
}

export async function writeDeployment(folder: string, deployment: Deployment, registryId: string): Promise<void> {
  for (const entry of await derivedEntries(folder)) await rm(join(folder, entry), { recursive: true, force: true });
  const { plan, workers, documents } = deployment;
  const index: DeploymentIndex = {
    ...(plan.environment === undefined ? {} : { environment: plan.environment }),
    registry: { name: plan.registryId, id: registryId },
    workers: workers.map(({ name, role, service }) => ({ name, role, ...(service === undefined ? {} : { service }) })),
  };
  // The index comes first: a derivation that is cut off leaves nothing that the next one would not know as its own.
  await write(join(folder, indexFile), json(index));
  for (const worker of workers) await writeWorker(join(folder, worker.name), worker);
  const pairs = Object.keys(documents)
    .sort()
    .map((key) => ({ key, value: documents[key] }));
  await write(join(folder, documentsFile), json(pairs));
}

/** One Worker: its config and its modules beside it. */
export async function writeWorker(
  folder: string,
  { config, modules }: Pick<DeployableWorker, 'config' | 'modules'>,
): Promise<void> {
  await write(join(folder, configFile), json(config));
  for (const [name, content] of modules) await write(join(folder, name), content);
}

/** Entries of `folder` that an earlier derivation wrote, as far as they are names of entries. */
async function derivedEntries(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, indexFile), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const names = indexedNames(text);
  const entries = await readdir(folder);
  return entries.filter((entry) => [indexFile, documentsFile, ...names].includes(entry));
}

function indexedNames(text: string): readonly string[] {
  try {
    const { workers } = JSON.parse(text) as Partial<DeploymentIndex>;
    return workers?.map(({ name }) => name) ?? [];
  } catch {
    return [];
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
