/** The Workers of an account as miniflare's options: the code that was uploaded, with the bindings that are in force. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { ModuleRuleType, WorkerOptions } from 'miniflare';
import { latestCompatibilityDate, localCompatibility } from '../../../src/derive/configs/compatibility.ts';
import type { AccountState, Script, UploadedBinding, UploadedModule } from './account-state.ts';

const moduleTypes: Readonly<Record<string, ModuleRuleType>> = {
  'application/javascript+module': 'ESModule',
  'application/javascript': 'CommonJS',
  'application/wasm': 'CompiledWasm',
  'application/octet-stream': 'Data',
  'text/plain': 'Text',
  'text/x-python': 'PythonModule',
  'text/x-python-requirement': 'PythonRequirement',
};

/** What an assets-only Worker runs where it has no asset. */
const noCode = 'export default { fetch: () => new Response("Not found", { status: 404 }) };';

/** No name of a Worker in the account can have an upper case letter. */
const absentName = 'ABSENT';

/** What stands for Workers that were deleted while others bind them. */
export const absentWorker = {
  name: absentName,
  modules: true,
  script: 'export default { fetch() { throw new Error("This Worker was deleted."); } };',
  compatibilityDate: latestCompatibilityDate,
} as WorkerOptions;

export interface RunningScript {
  readonly options: WorkerOptions;
  /** Bindings that cannot be had locally, `orders: AI (ai)`; the Worker runs without them. */
  readonly missing: readonly string[];
}

type Options = Record<string, Record<string, unknown>>;

/** `folder` is where static assets are written, since miniflare serves them from a disk. */
export async function runningScript(
  state: AccountState,
  script: Script,
  outbound: WorkerOptions['outboundService'],
  folder: string,
  isKnownFlag: (flag: string) => boolean,
): Promise<RunningScript> {
  const { metadata } = script;
  const { date, flags } = localCompatibility(
    metadata.compatibility_date,
    metadata.compatibility_flags ?? [],
    isKnownFlag,
  );
  const options: Options = {};
  const missing: string[] = [];
  for (const binding of script.bindings) {
    const place = placeOf(state, script, binding);
    if (place === undefined) missing.push(`${script.name}: ${binding.name} (${binding.type})`);
    else options[place.option] = { ...options[place.option], [binding.name]: place.value };
  }
  const assets = script.assets && (await assetOptions(state, script, folder));
  const bound = new Set(Object.values(options.durableObjects ?? {}).map((one) => (one as Namespace).className));
  const versionMetadata = script.bindings.find(({ type }) => type === 'version_metadata')?.name;
  return {
    missing,
    options: {
      name: script.name,
      compatibilityDate: date,
      compatibilityFlags: [...flags],
      ...codeOptions(script),
      ...options,
      outboundService: outbound,
      tails: script.tailConsumers.map(({ service }) => service).filter((name) => state.scripts[name] !== undefined),
      queueConsumers: queueConsumers(state, script),
      additionalUnboundDurableObjects: Object.keys(script.classes)
        .filter((className) => !bound.has(className))
        .map((className) => namespaceOf(script, className, undefined)),
      ...(assets === undefined ? {} : { assets }),
      ...(versionMetadata === undefined ? {} : { versionMetadata }),
    } as unknown as WorkerOptions,
  };
}

/** Settings as the API has them, `max_wait_time_ms`, in miniflare's names. */
function queueConsumers(state: AccountState, script: Script): Record<string, object> {
  const rows = state.queues.flatMap(({ name, consumers }) =>
    consumers
      .filter((consumer) => consumer.script === script.name)
      .map(({ settings }): [string, object] => {
        const { batch_size, max_retries, max_wait_time_ms } = settings;
        return [
          name,
          {
            ...(batch_size === undefined ? {} : { maxBatchSize: batch_size }),
            ...(max_retries === undefined ? {} : { maxRetries: max_retries }),
            ...(max_wait_time_ms === undefined ? {} : { maxBatchTimeout: max_wait_time_ms / 1000 }),
          },
        ];
      }),
  );
  return Object.fromEntries(rows);
}

interface Namespace {
  readonly className: string;
  readonly scriptName: string | undefined;
  readonly useSQLite: boolean;
  readonly unsafeUniqueKey: string;
}

/** The key is that of the namespace in the account, so that objects stay when their class is renamed. */
function namespaceOf(owner: Script, className: string, scriptName: string | undefined): Namespace | undefined {
  const found = owner.classes[className];
  return found && { className, scriptName, useSQLite: found.sqlite, unsafeUniqueKey: found.namespaceId };
}

/** Under which of miniflare's options a binding stands, and as what; undefined where there is no such thing locally. */
function placeOf(
  state: AccountState,
  script: Script,
  binding: UploadedBinding,
): { readonly option: string; readonly value: unknown } | undefined {
  switch (binding.type) {
    case 'plain_text':
    case 'secret_text':
      return { option: 'bindings', value: binding.text };
    case 'json':
      return { option: 'bindings', value: binding.json };
    case 'kv_namespace':
      return { option: 'kvNamespaces', value: binding.namespace_id };
    case 'r2_bucket':
      return { option: 'r2Buckets', value: binding.bucket_name };
    case 'd1':
      return { option: 'd1Databases', value: binding.id };
    case 'queue':
      return { option: 'queueProducers', value: { queueName: binding.queue_name } };
    case 'analytics_engine':
      return { option: 'analyticsEngineDatasets', value: { dataset: binding.dataset } };
    case 'ratelimit':
      return { option: 'ratelimits', value: { simple: binding.simple } };
    case 'durable_object_namespace': {
      const name = String(binding.script_name ?? script.name);
      const owner = state.scripts[name];
      const value = owner && namespaceOf(owner, String(binding.class_name), name === script.name ? undefined : name);
      return value && { option: 'durableObjects', value };
    }
    case 'service':
      return { option: 'serviceBindings', value: serviceOf(state, binding) };
    case 'assets':
    case 'version_metadata':
      return { option: 'handled', value: true };
    default:
      return undefined;
  }
}

/** A Worker that was deleted though others bind it, or lost the entrypoint that they name: their calls fail, as they would. */
function serviceOf(state: AccountState, binding: UploadedBinding): unknown {
  const { entrypoint, props } = binding;
  const target = state.scripts[String(binding.service)];
  const named = entrypoint !== undefined && entrypoint !== 'default';
  const lost = named && target?.deployed.exports?.includes(String(entrypoint)) === false;
  if (target === undefined || lost) return absentName;
  return { name: target.name, ...(named ? { entrypoint } : {}), ...(props === undefined ? {} : { props }) };
}

function codeOptions(script: Script): object {
  const { main_module, body_part } = script.metadata;
  if (body_part !== undefined)
    return { script: script.modules.find(({ name }) => name === body_part)?.contents.toString() ?? '' };
  if (main_module === undefined) return { modules: true, script: noCode };
  const root = join('/account', script.name);
  const main = script.modules.filter(({ name }) => name === main_module);
  const others = script.modules.filter(({ name }) => name !== main_module);
  return { modulesRoot: root, modules: [...main, ...others].map((module) => moduleOptions(root, module)) };
}

function moduleOptions(root: string, { name, type, contents }: UploadedModule) {
  const binary = type === 'application/wasm' || type === 'application/octet-stream';
  return {
    type: moduleTypes[type] ?? 'Data',
    path: join(root, posix.normalize(name)),
    contents: binary ? new Uint8Array(contents) : contents.toString(),
  };
}

/** The files of the manifest in a folder of their own, with `_headers` and `_redirects`, which miniflare reads there. */
async function assetOptions(state: AccountState, script: Script, folder: string): Promise<object> {
  const { manifest, config } = script.assets as NonNullable<Script['assets']>;
  const directory = join(folder, script.deployed.id);
  const files: [string, Buffer][] = Object.entries(manifest).map(([path, { hash }]) => [
    path,
    state.assetFiles.get(hash)?.contents ?? Buffer.alloc(0),
  ]);
  for (const name of ['_headers', '_redirects'])
    if (typeof config[name] === 'string') files.push([name, Buffer.from(config[name])]);
  await mkdir(directory, { recursive: true });
  for (const [path, contents] of files) {
    const file = join(directory, ...path.split('/').map(decodeURIComponent));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, contents);
  }
  const first = config.run_worker_first;
  return {
    directory,
    binding: script.bindings.find(({ type }) => type === 'assets')?.name,
    routerConfig: {
      has_user_worker: script.metadata.main_module !== undefined,
      ...(typeof first === 'boolean' ? { invoke_user_worker_ahead_of_assets: first } : {}),
      ...(Array.isArray(first) ? { static_routing: staticRouting(first as string[]) } : {}),
    },
    assetConfig: { html_handling: config.html_handling, not_found_handling: config.not_found_handling },
  };
}

/** `!/assets/*` is for the assets though another rule would take it, `/api/*` for the Worker. */
function staticRouting(rules: readonly string[]) {
  const assetRules = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  return {
    user_worker: rules.filter((rule) => !rule.startsWith('!')),
    ...(assetRules.length === 0 ? {} : { asset_worker: assetRules }),
  };
}
