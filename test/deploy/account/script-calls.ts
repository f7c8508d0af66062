/** What the account says of its Workers, their settings and secrets, and the end of a Worker. */
import type { AccountState, Script, UploadedBinding, Version } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, formParts, jsonBody, on, scriptOf } from './api-call.ts';
import { ApiFailure } from './api-failure.ts';
import { addVersion, deployVersions, readableBindings, scriptResult } from './version-calls.ts';

const workers = '/accounts/:account/workers';
const scripts = `${workers}/scripts/:name`;

/** A version that differs in its bindings only and has neither tag nor message, deployed at once; refused where the newest version does not have the traffic. */
function changeBindings(
  state: AccountState,
  call: ApiCall,
  script: Script,
  bindings: readonly UploadedBinding[],
  trigger: string,
): void {
  if (script.deployed !== script.latest)
    throw new ApiFailure(400, 10215, 'The latest version of this Worker is not deployed.');
  const { annotations: _annotations, migrations: _migrations, ...metadata } = script.latest.metadata;
  const { version } = addVersion(state, call, script.name, { ...script.latest, metadata, bindings }, trigger);
  deployVersions(call, script, [{ version_id: version.id, percentage: 100 }]);
}

function putSecret(call: ApiCall, state: AccountState): ApiReply {
  const script = scriptOf(call, state);
  const { name, text } = jsonBody(call) as { name: string; text: string };
  const taken = script.latest.bindings.find((binding) => binding.name === name);
  if (taken !== undefined && taken.type !== 'secret_text')
    throw new ApiFailure(
      400,
      10053,
      `Binding name '${name}' already in use. Please use a different name and try again.`,
    );
  const others = script.latest.bindings.filter((binding) => binding.name !== name);
  changeBindings(state, call, script, [...others, { name, type: 'secret_text', text }], 'secret');
  return { result: { name, type: 'secret_text' } };
}

function deleteSecret(call: ApiCall, state: AccountState): ApiReply {
  const script = scriptOf(call, state);
  const { secret } = call.params;
  const others = script.latest.bindings.filter(({ name, type }) => name !== secret || type !== 'secret_text');
  if (others.length === script.latest.bindings.length)
    throw new ApiFailure(404, 10056, `Secret '${secret}' not found.`);
  changeBindings(state, call, script, others, 'secret');
  return { result: null };
}

/** A binding with nothing but name and type stands for the one that is there. */
async function patchSettings(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const script = scriptOf(call, state);
  const part = (await formParts(call)).find(({ name }) => name === 'settings');
  const settings = JSON.parse(part?.contents.toString() ?? '{}');
  const bindings = (settings.bindings as UploadedBinding[]).map((binding) => {
    if (Object.keys(binding).length > 2) return binding;
    const found = script.latest.bindings.find(({ name }) => name === binding.name);
    if (found === undefined)
      throw new ApiFailure(400, 10057, `inherit binding '${binding.name}' is invalid: no previous version has it`);
    return found;
  });
  changeBindings(state, call, script, bindings, 'secret');
  return { result: settingsResult(script) };
}

function patchScriptSettings(call: ApiCall, state: AccountState): ApiReply {
  const script = scriptOf(call, state);
  const body = jsonBody(call);
  if (body.tags !== undefined && body.tags !== null) script.tags = body.tags as string[];
  if (body.logpush !== undefined) script.logpush = body.logpush as boolean;
  if (body.observability !== undefined) script.observability = body.observability;
  if (body.tail_consumers !== undefined) script.tailConsumers = (body.tail_consumers ?? []) as Script['tailConsumers'];
  return { result: settingsResult(script) };
}

function settingsResult(script: Script): Record<string, unknown> {
  const { metadata } = script.deployed;
  return {
    bindings: readableBindings(script.deployed),
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags ?? [],
    migration_tag: script.migrationTag,
    usage_model: 'standard',
    limits: metadata.limits,
    placement: metadata.placement,
    tags: script.tags,
    logpush: script.logpush,
    observability: script.observability,
    tail_consumers: script.tailConsumers,
  };
}

function serviceResult(call: ApiCall, state: AccountState): ApiReply {
  const script = state.scripts[call.params.name ?? ''];
  if (script === undefined) throw new ApiFailure(404, 10090, 'This Worker does not exist on your account.');
  const environment = { environment: 'production', created_on: script.createdOn, modified_on: script.modifiedOn };
  return {
    result: {
      id: script.name,
      created_on: script.createdOn,
      modified_on: script.modifiedOn,
      default_environment: { ...environment, script: scriptResult(script) },
      environments: [environment],
    },
  };
}

/** Who would break if the Worker went: service bindings, Durable Object bindings and tails of others. */
function referencesTo(state: AccountState, target: string) {
  const others = Object.values(state.scripts).filter(({ name }) => name !== target);
  const using = (fits: (binding: UploadedBinding) => boolean) =>
    others.flatMap((script) => script.bindings.filter(fits).map((binding) => ({ script, binding })));
  return {
    services: using(({ type, service }) => type === 'service' && service === target),
    objects: using(({ type, script_name }) => type === 'durable_object_namespace' && script_name === target),
    tails: others.filter(({ tailConsumers }) => tailConsumers.some(({ service }) => service === target)),
  };
}

function references(call: ApiCall, state: AccountState): ApiReply {
  const { name } = scriptOf(call, state);
  const { services, objects } = referencesTo(state, name);
  return {
    result: {
      services: {
        incoming: services.map(({ script, binding }) => ({
          service: script.name,
          environment: 'production',
          name: binding.name,
        })),
        outgoing: [],
        pages_function: false,
      },
      durable_objects: objects.map(({ script, binding }) => ({
        service: script.name,
        environment: 'production',
        durable_object_namespace_id: state.scripts[name]?.classes[String(binding.class_name)]?.namespaceId,
        durable_object_namespace_name: `${name}_${String(binding.class_name)}`,
      })),
      dispatch_outbounds: [],
    },
  };
}

function deleteScript(call: ApiCall, state: AccountState): ApiReply {
  const { name } = scriptOf(call, state);
  const { services, objects, tails } = referencesTo(state, name);
  if (call.query.get('force') !== 'true') {
    const [first] = [...services, ...objects].map(({ script }) => script.name).concat(tails.map((tail) => tail.name));
    if (first !== undefined)
      throw new ApiFailure(400, 10064, `Cannot delete this Worker as it is still referenced by '${first}'.`);
  }
  delete state.scripts[name];
  state.routes = state.routes.filter(({ script }) => script !== name);
  state.domains = state.domains.filter(({ service }) => service !== name);
  for (const queue of state.queues) queue.consumers = queue.consumers.filter(({ script }) => script !== name);
  return { result: null };
}

/** The code as it was uploaded: a form with a part for each module, or the one script of a Worker without modules. */
async function readContent(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const version = scriptOf(call, state).deployed;
  const main = version.metadata.main_module;
  if (main === undefined) {
    const script = version.modules.find(({ name }) => name === version.metadata.body_part);
    return {
      raw: { bytes: script?.contents ?? Buffer.alloc(0), headers: { 'content-type': 'application/javascript' } },
    };
  }
  const response = new Response(contentForm(version));
  return {
    raw: {
      bytes: Buffer.from(await response.arrayBuffer()),
      headers: { 'content-type': response.headers.get('content-type') ?? '', 'cf-entrypoint': main },
    },
  };
}

function contentForm(version: Version): FormData {
  const form = new FormData();
  for (const { name, type, contents } of version.modules)
    form.set(name, new Blob([new Uint8Array(contents)], { type }), name);
  return form;
}

export const scriptCalls: readonly ApiRoute[] = [
  on('GET', `${workers}/scripts`, 'list Workers', (_call, state) => ({
    result: Object.values(state.scripts).map(scriptResult),
  })),
  on('GET', `${workers}/services/:name`, 'read {name}', serviceResult),
  on('DELETE', `${workers}/services/:name`, 'delete {name}', deleteScript),
  on('DELETE', scripts, 'delete {name}', deleteScript),
  on('GET', scripts, 'read code of {name}', readContent),
  on('GET', `${scripts}/content/v2`, 'read code of {name}', readContent),
  on('GET', `${scripts}/settings`, 'read settings of {name}', (call, state) => ({
    result: settingsResult(scriptOf(call, state)),
  })),
  on('PATCH', `${scripts}/settings`, 'change settings of {name}', patchSettings),
  on('GET', `${scripts}/bindings`, 'read bindings of {name}', (call, state) => ({
    result: readableBindings(scriptOf(call, state).deployed),
  })),
  on('GET', `${scripts}/script-settings`, 'read script settings of {name}', (call, state) => ({
    result: settingsResult(scriptOf(call, state)),
  })),
  on('PATCH', `${scripts}/script-settings`, 'change script settings of {name}', patchScriptSettings),
  on('GET', `${scripts}/secrets`, 'list secrets of {name}', (call, state) => ({
    result: Object.keys(scriptOf(call, state).secrets).map((name) => ({ name, type: 'secret_text' })),
  })),
  on('PUT', `${scripts}/secrets`, 'put a secret of {name}', putSecret),
  on('DELETE', `${scripts}/secrets/:secret`, 'delete secret {secret} of {name}', deleteSecret),
  on('GET', `${scripts}/references`, 'ask who uses {name}', references),
  on('GET', `${workers}/tails/by-consumer/:name`, 'ask whose tail {name} is', (call, state) => ({
    result: referencesTo(state, call.params.name ?? '').tails.map(({ name }) => ({
      producer: { service: name, environment: 'production' },
      consumer: { service: call.params.name, environment: 'production' },
    })),
  })),
];
