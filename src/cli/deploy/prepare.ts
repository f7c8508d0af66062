/** Everything that a plan is made from: configs, documents, the account, and the derived Workers with their marks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { mapLimited } from '../../derive/concurrency.ts';
import { type ReadWorker, readWorker } from '../../derive/configs/source-worker.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import { registryId as registryTitle } from '../../derive/plan/names.ts';
import { findWranglerProgram } from '../../derive/wrangler.ts';
import { type DeployableWorker, type Deployment, deriveDeployment } from '../derive/derive-deployment.ts';
import { registryPlaceholder } from '../derive/hand-deployment.ts';
import { configFile, writeWorker } from '../derive/write-deployment.ts';
import { shippedSources } from '../dev/mesh/mesh-sources.ts';
import { readFolder, type StoredDocuments, soundDocuments } from '../dev/registry/documents.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { type AccountRegistry, readAccount, readReferences, readRegistry } from './account/account-state.ts';
import { type CloudflareApi, connectApi } from './account/cloudflare-api.ts';
import { findCredentials, namedAccount, wranglerEnv } from './account/credentials.ts';
import type { DeployInput, DeployingWorker } from './plan/deploy-plan.ts';
import { type PublicRoute, publicAddresses } from './plan/public-route.ts';
import { isOurWrangler, runWrangler, unknownKeyWarnings } from './run/run-wrangler.ts';
import { uploadDigest, versionMark } from './version-mark.ts';

export interface DeployRequest {
  readonly configs: readonly string[];
  /** Folder of documents. */
  readonly documents?: string;
  readonly environment?: string;
  readonly controlHost?: string;
  readonly identityHost?: string;
  readonly overwriteDocuments: boolean;
}

export interface Prepared {
  readonly api: CloudflareApi;
  /** For the processes that wrangler runs in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deployment: Deployment;
  readonly workers: ReadonlyMap<string, DeployableWorker>;
  /** Deployed name -> the folder of its config in the user's project. */
  readonly directories: ReadonlyMap<string, string>;
  /** The wrangler that deploys a Worker: that of its project, and for the mesh's own that of the first config's. */
  readonly programOf: (worker: string) => string;
  readonly registry: AccountRegistry;
  /** What the files say, by key, and open documents where nobody wrote one. */
  readonly documents: StoredDocuments;
  readonly input: DeployInput;
}

/** Connects to the account that the configs name. */
export async function connectAccount(
  reads: readonly ReadWorker[],
): Promise<{ readonly api: CloudflareApi; readonly env: Prepared['env'] }> {
  const { env } = process;
  const directory = (reads[0] as ReadWorker).source.directory;
  const credentials = await findCredentials(env, directory);
  const named = namedAccount(
    reads.map(({ source, config }) => {
      const { account_id: accountId } = config as { readonly account_id?: string };
      return { path: source.configPath, ...(accountId === undefined ? {} : { accountId }) };
    }),
    env,
  );
  const accountId = named ?? (await onlyAccount(connectApi('', credentials, env)));
  return { api: connectApi(accountId, credentials, env), env: wranglerEnv(env, credentials, accountId) };
}

async function onlyAccount(api: CloudflareApi): Promise<string> {
  const accounts = await api.get<readonly { readonly id: string; readonly name: string }[]>('/accounts');
  const [only] = accounts;
  if (accounts.length === 1 && only !== undefined) return only.id;
  const list = accounts.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new CliFailure(
    'no_account',
    `say in which account: set account_id in the wrangler configs, or CLOUDFLARE_ACCOUNT_ID${list === '' ? '' : `; this token may use ${list}`}`,
    exitCode.usage,
  );
}

export function readConfigs({ configs, environment }: Pick<DeployRequest, 'configs' | 'environment'>) {
  return sayFaults(() => Promise.all(configs.map((path) => readWorker(path, environment, { projectWrangler: true }))));
}

/** What is wrong with the user's configs or code is a finding, not a defect of this program. */
export async function sayFaults<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DerivationError) throw new CliFailure('derivation', cause.message, exitCode.findings);
    throw cause;
  }
}

export async function prepare(request: DeployRequest): Promise<Prepared> {
  const reads = await readConfigs(request);
  const { api, env } = await connectAccount(reads);
  const title = registryTitle(request.environment);
  const registry = await readRegistry(api, title);
  const files = request.documents === undefined ? {} : await readFolder(request.documents);
  const { sound, lines } = soundDocuments(registry.documents);
  const stored = request.overwriteDocuments ? { ...sound, ...files } : sound;

  const deployment = await derive(request, stored, registry.id ?? registryPlaceholder);
  const directories = new Map(deployment.reads.map(({ source }) => [source.name, source.directory]));
  const home = dirname(resolve(request.configs[0] as string));
  const programOf = (worker: string) => findWranglerProgram(directories.get(worker) ?? home);
  const workers = deployment.workers.map(withoutRoutes);
  const wanted = new Set(
    deployment.reads.flatMap(({ source, config }) => (publicAddresses(config).workersDev ? [source.name] : [])),
  );
  const deploying = await Promise.all(
    workers.map(async (worker) => ({
      ...(await deployingWorker(worker, directories.get(worker.name), deployment)),
      wantsWorkersDev: wanted.has(worker.name),
    })),
  );
  const documents = { ...deployment.documents, ...files };
  const account = await readAccount(api, {
    workers: deploying.map(({ name }) => name),
    routes: zoneRoutes(deployment),
  });
  const names = new Set(deploying.map(({ name }) => name));
  const outsiders = await mapLimited(
    deploying.filter(({ name, admittingMark }) => admittingMark !== undefined && account.names.has(name)),
    2,
    async ({ name }) => [name, (await readReferences(api, name)).filter((user) => !names.has(user))] as const,
  );
  return {
    api,
    env,
    deployment: { ...deployment, notes: [...deployment.notes, ...lines] },
    workers: new Map(workers.map((worker) => [worker.name, worker])),
    directories,
    programOf,
    registry,
    documents,
    input: {
      workers: deploying,
      registry: { title, documents: registry.documents, ...(registry.id === undefined ? {} : { id: registry.id }) },
      documents,
      overwriteDocuments: request.overwriteDocuments,
      public: deployment.public,
      ...(request.controlHost === undefined ? {} : { controlHost: request.controlHost }),
      ...(request.identityHost === undefined ? {} : { identityHost: request.identityHost }),
      account,
      outsiders: Object.fromEntries(outsiders),
    },
  };
}

/** The routes of a deployment whose zones must be known. */
export function zoneRoutes({ reads, public: { gateways } }: Pick<Deployment, 'reads' | 'public'>): PublicRoute[] {
  const held = reads.flatMap(({ config }) => publicAddresses(config).routes);
  return [...held, ...gateways.map(({ route }) => route)].filter(({ custom }) => !custom);
}

async function derive(
  { configs, documents, environment, controlHost, identityHost }: DeployRequest,
  stored: StoredDocuments,
  registryId: string,
): Promise<Deployment> {
  const buildFolder = await mkdtemp(join(tmpdir(), 'selvedge-deploy-'));
  const failed = new AbortController();
  const what = { configs, environment, sources: shippedSources, buildFolder, signal: failed.signal, stored };
  try {
    return await sayFaults(() =>
      deriveDeployment(
        { ...what, ...(documents === undefined ? {} : { documents }) },
        {
          registryId,
          ...(controlHost === undefined ? {} : { controlHost }),
          ...(identityHost === undefined ? {} : { identityHost }),
        },
      ),
    );
  } finally {
    failed.abort();
    await rm(buildFolder, { recursive: true, force: true });
  }
}

/** The hosts of control and identity are given to them by steps of their own, which take them away from nobody. */
function withoutRoutes(worker: DeployableWorker): DeployableWorker {
  if (worker.role !== 'control' && worker.role !== 'identity') return worker;
  const { routes: _, ...config } = worker.config;
  return { ...worker, config };
}

async function deployingWorker(
  worker: DeployableWorker,
  directory: string | undefined,
  { public: { keeps } }: Deployment,
): Promise<DeployingWorker> {
  const { name, role, service, config, admitting } = worker;
  const { services, triggers, queues, workflows, workers_dev } = config as {
    readonly services?: DeployingWorker['services'];
    readonly triggers?: { readonly crons?: readonly string[] };
    readonly queues?: { readonly consumers?: readonly unknown[] };
    readonly workflows?: readonly unknown[];
    readonly workers_dev?: boolean;
  };
  const lists = [triggers?.crons, queues?.consumers, workflows];
  return {
    name,
    role,
    ...(service === undefined ? {} : { service }),
    mark: versionMark(await uploadDigest(worker, directory), admitting !== undefined),
    ...(admitting === undefined
      ? {}
      : { admittingMark: versionMark(await uploadDigest({ config, modules: admitting }, directory), false) }),
    services: services ?? [],
    triggers: keeps.has(name) || lists.some((list) => (list?.length ?? 0) > 0),
    workersDev: workers_dev === true,
  };
}

/** A wrangler that does not know what an edge's config says would drop it with a warning: said before anything is uploaded. */
export async function checkWranglers({ deployment, programOf, workers, env }: Prepared): Promise<string[]> {
  const programs = new Set(deployment.workers.map(({ name }) => programOf(name)));
  const edge = [...workers.values()].find(({ role }) => role === 'edge');
  const refusals: string[] = [];
  for (const program of programs) {
    if (edge === undefined || isOurWrangler(program)) continue;
    const folder = await mkdtemp(join(tmpdir(), 'selvedge-check-'));
    try {
      await writeWorker(folder, edge);
      const args = ['deploy', '--dry-run', '--config', join(folder, configFile), '--env', ''];
      const { code, output } = await runWrangler(program, args, { cwd: folder, env });
      const complaints = code === 0 ? unknownKeyWarnings(output) : [output.trim()];
      if (complaints.length > 0)
        refusals.push(
          `${program} cannot deploy an edge; a newer wrangler in that project can: ${complaints.join('; ')}`,
        );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return refusals;
}
