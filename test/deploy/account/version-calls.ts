/** Uploads of code, versions and deployments. */
import { randomUUID } from 'node:crypto';
import { type AccountState, type Deployment, Script, type Version } from './account-state.ts';
import { type Admitted, admitUpload } from './admit-upload.ts';
import { type ApiCall, type ApiReply, type ApiRoute, jsonBody, on, scriptOf, sourceOf } from './api-call.ts';
import { ApiFailure } from './api-failure.ts';
import { readUpload, type Upload } from './upload.ts';

const scripts = '/accounts/:account/workers/scripts/:name';

/** Adds a version to a Worker, which begins to exist with its first. */
export function addVersion(
  state: AccountState,
  call: ApiCall,
  name: string,
  content: Upload & Pick<Admitted, 'bindings' | 'assets' | 'exports'>,
  trigger: string,
): { readonly script: Script; readonly version: Version } {
  const script = state.scripts[name] ?? new Script(name);
  state.scripts[name] = script;
  const version: Version = {
    id: randomUUID(),
    number: script.versions.length + 1,
    createdOn: new Date().toISOString(),
    source: sourceOf(call),
    trigger,
    metadata: content.metadata,
    modules: content.modules,
    sourceMaps: content.sourceMaps,
    bindings: content.bindings,
    assets: content.assets,
    exports: content.exports,
  };
  script.versions.push(version);
  script.modifiedOn = version.createdOn;
  return { script, version };
}

/** Gives all traffic, or the parts of it that `versions` says, to versions of the Worker. */
export function deployVersions(
  call: ApiCall,
  script: Script,
  versions: Deployment['versions'],
  message?: string,
): Deployment {
  const createdOn = new Date().toISOString();
  const deployment = { id: randomUUID(), createdOn, source: sourceOf(call), message, versions };
  script.deployments.unshift(deployment);
  script.lastDeployedFrom = sourceOf(call);
  script.modifiedOn = createdOn;
  return deployment;
}

/** The upload that deploys at once; the only one that may carry migrations. */
async function uploadScript(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const name = call.params.name ?? '';
  const upload = await readUpload(call);
  const admitted = await admitUpload(state, name, upload);
  const { script, version } = addVersion(state, call, name, { ...upload, ...admitted }, 'upload');
  const { metadata } = upload;
  script.uploads++;
  script.classes = admitted.migrated.classes;
  script.migrationTag = admitted.migrated.tag;
  for (const [loser, classNames] of Object.entries(admitted.migrated.taken)) {
    const other = state.scripts[loser];
    if (other !== undefined)
      other.classes = Object.fromEntries(Object.entries(other.classes).filter(([key]) => !classNames.includes(key)));
  }
  script.tags = metadata.tags ?? script.tags;
  script.logpush = metadata.logpush ?? script.logpush;
  script.observability = metadata.observability;
  script.tailConsumers = metadata.tail_consumers ?? [];
  deployVersions(call, script, [{ version_id: version.id, percentage: 100 }]);
  return {
    result: { ...scriptResult(script), deployment_id: version.id.replaceAll('-', ''), startup_time_ms: 1 },
  };
}

async function uploadVersion(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const script = scriptOf(call, state);
  const upload = await readUpload(call);
  if (upload.metadata.migrations !== undefined)
    throw new ApiFailure(
      400,
      10211,
      'Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied via a non-versioned deployment.',
    );
  const admitted = await admitUpload(state, script.name, upload);
  const { version } = addVersion(state, call, script.name, { ...upload, ...admitted }, 'upload');
  script.uploads++;
  return { result: { ...versionResult(version), startup_time_ms: 1 } };
}

function createDeployment(call: ApiCall, state: AccountState): ApiReply {
  const script = scriptOf(call, state);
  const body = jsonBody(call);
  const versions = (body.versions ?? []) as Deployment['versions'];
  const total = versions.reduce((sum, { percentage }) => sum + percentage, 0);
  if (versions.length < 1 || versions.length > 2 || Math.abs(total - 100) > 0.001)
    throw new ApiFailure(400, 10021, 'A deployment needs one or two versions whose percentages make 100.');
  for (const { version_id } of versions)
    if (!script.versions.some(({ id }) => id === version_id))
      throw new ApiFailure(404, 10222, `Version '${version_id}' not found.`);
  const annotations = body.annotations as Record<string, string> | undefined;
  return { result: deploymentResult(deployVersions(call, script, versions, annotations?.['workers/message'])) };
}

/** A Worker as the calls under `/workers/scripts` describe it. */
export function scriptResult(script: Script): Record<string, unknown> {
  const { metadata } = script.deployed;
  return {
    id: script.name,
    tag: script.tag,
    tags: script.tags,
    etag: script.deployed.id,
    ...handlersOf(script.deployed),
    has_assets: script.assets !== undefined,
    has_modules: metadata.main_module !== undefined,
    created_on: script.createdOn,
    modified_on: script.modifiedOn,
    last_deployed_from: script.lastDeployedFrom,
    deployment_id: script.deployed.id.replaceAll('-', ''),
    migration_tag: script.migrationTag,
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags ?? [],
    usage_model: 'standard',
    logpush: script.logpush,
    observability: script.observability,
    tail_consumers: script.tailConsumers,
    placement: metadata.placement,
  };
}

/** Bindings as they may be read back: the text of a secret stays in the account. */
export function readableBindings(version: Version): object[] {
  return version.bindings.map((binding) =>
    binding.type === 'secret_text' ? { name: binding.name, type: binding.type } : { ...binding },
  );
}

/** What the version exports, as far as it can be known; the API tells it as handlers. */
function handlersOf({ exports }: Version): Record<string, unknown> {
  if (exports === undefined) return { handlers: ['fetch'] };
  return {
    handlers: exports.includes('default') ? ['fetch'] : [],
    named_handlers: exports.filter((name) => name !== 'default').map((name) => ({ name, handlers: ['class'] })),
  };
}

function versionResult(version: Version): Record<string, unknown> {
  return {
    id: version.id,
    number: version.number,
    metadata: {
      created_on: version.createdOn,
      modified_on: version.createdOn,
      source: version.source,
      author_id: 'tester',
      author_email: 'tester@example.com',
    },
    annotations: { 'workers/triggered_by': version.trigger, ...version.metadata.annotations },
    resources: {
      bindings: readableBindings(version),
      script: { etag: version.id, ...handlersOf(version), last_deployed_from: version.source },
      script_runtime: {
        compatibility_date: version.metadata.compatibility_date,
        compatibility_flags: version.metadata.compatibility_flags ?? [],
        usage_model: 'standard',
      },
    },
  };
}

function deploymentResult(deployment: Deployment): Record<string, unknown> {
  return {
    id: deployment.id,
    source: deployment.source,
    strategy: 'percentage',
    author_email: 'tester@example.com',
    created_on: deployment.createdOn,
    versions: deployment.versions,
    annotations: deployment.message === undefined ? {} : { 'workers/message': deployment.message },
  };
}

export const versionCalls: readonly ApiRoute[] = [
  on('PUT', scripts, 'upload {name}', uploadScript),
  on('POST', `${scripts}/versions`, 'upload version of {name}', uploadVersion),
  on('GET', `${scripts}/versions`, 'list versions of {name}', (call, state) => ({
    result: { items: scriptOf(call, state).versions.toReversed().map(versionResult) },
  })),
  on('GET', `${scripts}/versions/:version`, 'read a version of {name}', (call, state) => {
    const version = scriptOf(call, state).versions.find(({ id }) => id === call.params.version);
    if (version === undefined) throw new ApiFailure(404, 10222, `Version '${call.params.version}' not found.`);
    return { result: versionResult(version) };
  }),
  on('GET', `${scripts}/deployments`, 'list deployments of {name}', (call, state) => ({
    result: { deployments: scriptOf(call, state).deployments.map(deploymentResult) },
  })),
  on('POST', `${scripts}/deployments`, 'deploy {name}', createDeployment),
];
