/** Carries out one step. Every step may be done again: what it finds done already it does not undo. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { latestCompatibilityDate } from '../../../derive/configs/compatibility.ts';
import type { DeployableWorker } from '../../derive/derive-deployment.ts';
import { configFile, writeWorker } from '../../derive/write-deployment.ts';
import type { StoredDocuments } from '../../dev/registry/documents.ts';
import { CliFailure, exitCode } from '../../failure.ts';
import { readDocuments, readReferences } from '../account/account-state.ts';
import { ApiRefusal, type CloudflareApi } from '../account/cloudflare-api.ts';
import type { Step } from '../plan/deploy-step.ts';
import type { OwnSecret } from '../plan/ours.ts';
import { stubMark, uploadDigest, versionMark } from '../version-mark.ts';
import { runWrangler, wranglerAbilities } from './run-wrangler.ts';
import { withRegistry } from './with-registry.ts';

export interface StepContext {
  readonly api: CloudflareApi;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Derived Workers by name. */
  readonly workers: ReadonlyMap<string, DeployableWorker>;
  /** Deployed name -> the folder of its config in the user's project. */
  readonly directories: ReadonlyMap<string, string>;
  readonly programOf: (worker: string) => string;
  readonly documents: StoredDocuments;
  /** Build output: a folder for each Worker. */
  readonly folder: string;
  /** Of the KV namespace; set by the step that creates it. */
  registryId: string | undefined;
  /** Secrets made on the way, by Worker. */
  readonly tokens: Map<string, string>;
}

/** What was done, where there is more to say than the step itself does. */
export async function runStep(step: Step, context: StepContext): Promise<string> {
  switch (step.kind) {
    case 'create-registry':
      return createRegistry(step.title, context);
    case 'upload':
      return upload(step, context);
    case 'stub':
      return uploadStub(step.worker, step.entrypoints, context);
    case 'triggers':
      return applyTriggers(step.worker, context);
    case 'documents':
      return writeDocuments([...step.add, ...step.overwrite], context);
    case 'route':
      return moveRoute(step, context);
    case 'domain':
      return moveDomain(step, context);
    case 'plain':
      return deployPlain(step, context);
    case 'delete':
      return deleteWorker(step.worker, step.together ?? [], context);
    case 'delete-registry':
      await context.api.send('DELETE', `/accounts/${context.api.accountId}/storage/kv/namespaces/${step.id}`);
      return '';
  }
}

async function createRegistry(title: string, context: StepContext): Promise<string> {
  const path = `/accounts/${context.api.accountId}/storage/kv/namespaces`;
  const { id } = (await context.api.send('POST', path, { title })) as { readonly id: string };
  context.registryId = id;
  return `its id is ${id}`;
}

type Upload = Step & { readonly kind: 'upload' };

async function upload(step: Upload, context: StepContext): Promise<string> {
  const worker = deployed(step.worker, context);
  const modules = step.form === 'admitting' ? (worker.admitting ?? worker.modules) : worker.modules;
  const services = worker.config.services as readonly { readonly binding: string }[] | undefined;
  const config =
    step.form === 'partial'
      ? { ...worker.config, services: services?.filter(({ binding }) => !step.without?.includes(binding)) }
      : worker.config;
  const digest = await uploadDigest({ config, modules }, context.directories.get(step.worker));
  const strict = step.form === 'whole' && worker.admitting !== undefined;
  const words = step.role === 'edge' ? `edge of ${step.service}` : step.role === 'user' ? 'meshed' : step.role;
  await deploy(
    { ...worker, config, modules },
    versionMark(digest, strict),
    `Selvedge: ${words}`,
    step.secrets,
    context,
  );
  const token = context.tokens.get(step.worker);
  return token === undefined ? '' : `its TOKEN, told this once: ${token}`;
}

function deployed(name: string, { workers, registryId }: StepContext): DeployableWorker {
  return withRegistry(workers.get(name) as DeployableWorker, registryId);
}

async function deploy(
  worker: Pick<DeployableWorker, 'name' | 'config' | 'modules'>,
  mark: string,
  message: string,
  names: readonly OwnSecret[] | undefined,
  context: StepContext,
): Promise<void> {
  const { name } = worker;
  const program = context.programOf(name);
  const abilities = await wranglerAbilities(program, context.env);
  const args = [...(abilities.tag ? ['--tag', mark, '--message', message] : [])];
  const secrets = Object.fromEntries((names ?? []).map((secret) => [secret, makeSecret(secret)]));
  // It is known before it is sent: a run that is cut off after that can still tell it.
  if (secrets.TOKEN !== undefined) context.tokens.set(name, secrets.TOKEN);
  if (names === undefined || !abilities.secretsFile) await wrangler('deploy', worker, args, context);
  else {
    await withSecretFile(secrets, (file) => wrangler('deploy', worker, [...args, '--secrets-file', file], context));
    return;
  }
  for (const [secret, text] of Object.entries(secrets)) {
    await wrangler('secret', worker, ['put', secret], context, text);
  }
}

/** A token is typed and pasted, as `--token TOKEN`, where none may begin with a dash; the key of a cipher is told to nobody. */
function makeSecret(name: OwnSecret): string {
  return randomBytes(32).toString(name === 'TOKEN' ? 'hex' : 'base64');
}

/** A file that nobody else may read, for the time of one upload. */
async function withSecretFile(secrets: object, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-secrets-'));
  try {
    const file = join(folder, 'secrets.json');
    await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one command of wrangler on a derived Worker, whose folder is written anew for it. */
async function wrangler(
  command: string,
  worker: Pick<DeployableWorker, 'name' | 'config' | 'modules'>,
  args: readonly string[],
  context: StepContext,
  input?: string,
): Promise<void> {
  const folder = join(context.folder, worker.name);
  await rm(folder, { recursive: true, force: true });
  await writeWorker(folder, worker);
  const [verb, rest] = command === 'secret' ? [['secret', ...args], []] : [command.split(' '), args];
  const where = ['--config', join(folder, configFile), '--env', ''];
  await runOrFail(worker.name, context.programOf(worker.name), [...verb, ...where, ...rest], context, folder, input);
}

async function runOrFail(
  worker: string,
  program: string,
  args: readonly string[],
  { env }: StepContext,
  cwd: string,
  input?: string,
): Promise<void> {
  const { code, output } = await runWrangler(program, args, { cwd, env, ...(input === undefined ? {} : { input }) });
  if (code === 0) return;
  throw new CliFailure('wrangler', `wrangler ${args[0]} ${worker} failed:\n${output.trim()}`, exitCode.findings);
}

/** Answers 503 at every door that edges bind, until the Worker itself takes the name. */
async function uploadStub(name: string, entrypoints: readonly string[], context: StepContext): Promise<string> {
  const { config } = deployed(name, context);
  const classes = entrypoints.map(
    (one) => `class ${one} extends WorkerEntrypoint { fetch() { return unavailable(); } }`,
  );
  const source = [
    `import { WorkerEntrypoint } from 'cloudflare:workers';`,
    `const unavailable = () => new Response('This Worker is about to be deployed.\\n', { status: 503 });`,
    ...classes.map((one) => `export ${one}`),
    'export default { fetch: unavailable };',
    '',
  ].join('\n');
  const stub = {
    name,
    config: {
      name,
      main: 'stub.js',
      compatibility_date: String(config.compatibility_date ?? latestCompatibilityDate),
      no_bundle: true,
      workers_dev: false,
      preview_urls: false,
    },
    modules: new Map([['stub.js', source]]),
  };
  await deploy(stub, stubMark, 'Selvedge: holds the name for a Worker to come', undefined, context);
  return '';
}

async function applyTriggers(name: string, context: StepContext): Promise<string> {
  await wrangler('triggers deploy', deployed(name, context), [], context);
  return '';
}

/** How long what was written may take to be read back. */
const readBackMs = 10_000;

async function writeDocuments(keys: readonly string[], { api, registryId, documents }: StepContext): Promise<string> {
  const namespace = registryId as string;
  const rows = keys.map((key) => ({ key, value: documents[key] as string }));
  await api.send('PUT', `/accounts/${api.accountId}/storage/kv/namespaces/${namespace}/bulk`, rows);
  for (const until = Date.now() + readBackMs; ; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const stored = await readDocuments(api, namespace);
    const missing = rows.filter(({ key, value }) => stored[key] !== value).map(({ key }) => key);
    if (missing.length === 0) return 'read back: the same';
    if (Date.now() > until)
      throw new CliFailure(
        'not_stored',
        `KV does not give back what was written: ${missing.join(', ')}`,
        exitCode.findings,
      );
  }
}

/** One call takes the route from one Worker and gives it to the other, so that there is no time without a Worker between two calls. */
async function moveRoute(step: Step & { readonly kind: 'route' }, { api }: StepContext): Promise<string> {
  const path = `/zones/${step.zoneId}/workers/routes`;
  const body = { pattern: step.pattern, script: step.to };
  const begin = performance.now();
  if (step.id === undefined) {
    await api.send('POST', path, body);
    return '';
  }
  await api.send('PUT', `${path}/${step.id}`, body);
  return `in one call, ${Math.ceil(performance.now() - begin)} ms from asking to its answer`;
}

/** As wrangler does it: the Worker's custom domains as a whole, with the override that takes one from its holder. */
async function moveDomain(step: Step & { readonly kind: 'domain' }, { api }: StepContext): Promise<string> {
  const base = `/accounts/${api.accountId}/workers`;
  const all = await api.get<
    readonly { readonly hostname: string; readonly zone_id: string; readonly service: string }[]
  >(`${base}/domains`);
  const own = all.filter(({ service, hostname }) => service === step.to && hostname !== step.hostname);
  const origins: Partial<Record<'hostname' | 'zone_id' | 'zone_name', string>>[] = [
    ...own.map(({ hostname, zone_id }) => ({ hostname, zone_id })),
    {
      hostname: step.hostname,
      ...(step.zoneId === undefined ? {} : { zone_id: step.zoneId }),
      ...(step.zoneName === undefined ? {} : { zone_name: step.zoneName }),
    },
  ];
  const begin = performance.now();
  await api.send('PUT', `${base}/scripts/${step.to}/domains/records`, {
    override_scope: true,
    override_existing_origin: step.from !== undefined,
    override_existing_dns_record: false,
    origins,
  });
  return step.from === undefined
    ? ''
    : `in one call, ${Math.ceil(performance.now() - begin)} ms from asking to its answer`;
}

async function deployPlain(step: Step & { readonly kind: 'plain' }, context: StepContext): Promise<string> {
  const cwd = dirname(step.configPath);
  const args = ['deploy', '--config', step.configPath, '--env', step.environment ?? ''];
  await runOrFail(step.worker, context.programOf(step.worker), args, context, cwd);
  return '';
}

/** Not while another Worker binds it, whose calls would fail; one that is gone already is as it should be. */
async function deleteWorker(name: string, together: readonly string[], { api }: StepContext): Promise<string> {
  const script = `/accounts/${api.accountId}/workers/scripts/${name}`;
  try {
    const others = (await readReferences(api, name)).filter((other) => !together.includes(other));
    if (others.length > 0)
      throw new CliFailure(
        'in_use',
        `${others.join(', ')} still ${others.length === 1 ? 'binds' : 'bind'} ${name}; deploy ${others.length === 1 ? 'it' : 'them'} without the mesh first, or name ${others.length === 1 ? 'its config' : 'their configs'} too`,
        exitCode.findings,
      );
    await api.send('DELETE', `${script}?force=true`);
    return '';
  } catch (cause) {
    if (cause instanceof ApiRefusal && cause.status === 404) return 'it was gone already';
    throw cause;
  }
}
