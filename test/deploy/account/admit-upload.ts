/** Whether Cloudflare would take an upload: everything that a binding names must be there at deploy time. */
import type { AccountState, DeployedAssets, Script, UploadedBinding, Version } from './account-state.ts';
import { ApiFailure, badRequest } from './api-failure.ts';
import { completedAssets } from './asset-calls.ts';
import { type Migrated, migrate } from './migrations.ts';
import { findExports } from './module-exports.ts';
import type { Upload } from './upload.ts';

export interface Admitted extends Pick<Version, 'bindings' | 'assets' | 'exports'> {
  readonly migrated: Migrated;
}

/** Names of Workers: what a workers.dev label may be, and the underscore. */
const scriptName = /^[a-z0-9_][a-z0-9-_]{0,62}$/;

export async function admitUpload(state: AccountState, name: string, upload: Upload): Promise<Admitted> {
  const { metadata, modules } = upload;
  if (!scriptName.test(name)) throw new ApiFailure(400, 10016, 'The name of the Worker is invalid.');
  checkCompatibility(metadata.compatibility_date, metadata.compatibility_flags ?? []);
  const main = metadata.main_module ?? metadata.body_part;
  if (main === undefined && metadata.assets === undefined) throw badRequest('The upload has no main module.');
  if (main !== undefined && !modules.some((module) => module.name === main))
    throw badRequest(`The uploaded script has no part "${main}".`);
  const exports = await findExports(upload);
  const migrated = migrate(state, name, metadata, exports);
  const bindings = resolveBindings(state.scripts[name], metadata.bindings ?? [], metadata.keep_bindings ?? []);
  checkVars(bindings);
  for (const binding of bindings) checkBinding(state, name, binding, exports, migrated);
  for (const { service } of metadata.tail_consumers ?? [])
    if (state.scripts[service] === undefined) throw new ApiFailure(400, 10130, `Tail consumer '${service}' not found.`);
  return { bindings, exports, migrated, assets: assetsOf(state, name, upload) };
}

function checkCompatibility(date: string | undefined, flags: readonly string[]): void {
  if (date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw badRequest(`Invalid compatibility date: ${date}`);
  if (date !== undefined && date > new Date().toISOString().slice(0, 10))
    throw badRequest(`Can't set compatibility date in the future: "${date}".`);
  const twice = flags.find((flag, index) => flags.indexOf(flag) !== index);
  if (twice !== undefined) throw badRequest(`Compatibility flag specified multiple times: ${twice}`);
}

/** Vars and secrets together; a paid account has twice as many as a free one. */
const mostVars = 128;
const largestVarBytes = 5 * 1024;

function checkVars(bindings: readonly UploadedBinding[]): void {
  const vars = bindings.filter(({ type }) => type === 'plain_text' || type === 'json' || type === 'secret_text');
  if (vars.length > mostVars) throw badRequest(`A Worker may have ${mostVars} vars and secrets, not ${vars.length}.`);
  for (const { name, type, text, json } of vars) {
    const bytes = Buffer.byteLength(type === 'json' ? JSON.stringify(json) : String(text));
    if (bytes > largestVarBytes)
      throw badRequest(`The var '${name}' has ${bytes} bytes; a var or secret may have ${largestVarBytes}.`);
  }
}

/** Inherited bindings from the latest version, the kept kinds, and all secrets, unless the upload has a binding of that name. */
function resolveBindings(
  script: Script | undefined,
  uploaded: readonly UploadedBinding[],
  keep: readonly string[],
): UploadedBinding[] {
  const names = uploaded.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ApiFailure(400, 10053, `Binding name '${twice}' already in use.`);
  const earlier = script?.versions.at(-1)?.bindings ?? [];
  const resolved = uploaded.map((binding) => {
    if (binding.type !== 'inherit') return binding;
    const found = earlier.find(({ name }) => name === (binding.old_name ?? binding.name));
    if (found === undefined)
      throw new ApiFailure(400, 10057, `inherit binding '${binding.name}' is invalid: no previous version has it`);
    return { ...found, name: binding.name };
  });
  const kept = earlier.filter(
    ({ name, type }) => !names.includes(name) && (type === 'secret_text' || keep.includes(type)),
  );
  return [...resolved, ...kept];
}

function checkBinding(
  state: AccountState,
  self: string,
  binding: UploadedBinding,
  exports: readonly string[] | undefined,
  migrated: Migrated,
): void {
  const text = (key: string) => (binding[key] === undefined ? undefined : String(binding[key]));
  switch (binding.type) {
    case 'service':
      checkService(state, self, binding, exports);
      return;
    case 'durable_object_namespace': {
      const target = text('script_name') ?? self;
      const className = text('class_name') ?? '';
      const classes = target === self ? migrated.classes : state.scripts[target]?.classes;
      if (classes === undefined)
        throw new ApiFailure(400, 10061, `Cannot create binding for class in script '${target}' that does not exist.`);
      if (classes[className] === undefined)
        throw new ApiFailure(
          400,
          10061,
          `Cannot create binding for class '${className}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
        );
      return;
    }
    case 'kv_namespace':
      if (state.kv[text('namespace_id') ?? ''] === undefined)
        throw new ApiFailure(400, 10041, `KV namespace '${text('namespace_id')}' not found.`);
      return;
    case 'r2_bucket':
      if (!state.buckets.includes(text('bucket_name') ?? ''))
        throw new ApiFailure(400, 10085, `R2 bucket '${text('bucket_name')}' not found.`);
      return;
    case 'd1':
      if (!state.databases.some(({ uuid }) => uuid === text('id')))
        throw new ApiFailure(
          400,
          10181,
          `D1 binding '${binding.name}' references database '${text('id')}' which was not found.`,
        );
      return;
    case 'queue':
      if (!state.queues.some(({ name }) => name === text('queue_name')))
        throw new ApiFailure(400, 11000, `Queue '${text('queue_name')}' was not found.`);
      return;
    default:
      return;
  }
}

function checkService(
  state: AccountState,
  self: string,
  binding: UploadedBinding,
  exports: readonly string[] | undefined,
): void {
  const target = String(binding.service);
  const script = state.scripts[target];
  if (target !== self && script === undefined)
    throw new ApiFailure(
      400,
      10143,
      `Could not resolve service binding '${binding.name}'. Target script '${target}' not found. Please verify the target script and try again.`,
    );
  const known = target === self ? exports : script?.deployed.exports;
  const entrypoint = binding.entrypoint === undefined ? 'default' : String(binding.entrypoint);
  if (entrypoint === 'default' || known === undefined || known.includes(entrypoint)) return;
  throw new ApiFailure(
    400,
    10144,
    `Could not resolve service binding '${binding.name}'. Target script '${target}' has no entrypoint '${entrypoint}'.`,
  );
}

function assetsOf(state: AccountState, name: string, { metadata }: Upload): DeployedAssets | undefined {
  if (metadata.assets !== undefined)
    return {
      manifest: completedAssets(state, name, metadata.assets.jwt ?? ''),
      config: metadata.assets.config ?? {},
    };
  return metadata.keep_assets ? state.scripts[name]?.versions.at(-1)?.assets : undefined;
}
