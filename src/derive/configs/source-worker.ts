/** A user's Worker as its wrangler config describes it, in one environment, read by wrangler's own reader. */

import { basename, dirname, relative, resolve } from 'node:path';
import { ownEntry } from '../../core/own-entry.ts';
import type { ModuleRule } from '../code/module-rules.ts';
import { DerivationError } from '../derivation-error.ts';
import { callWrangler } from '../wrangler.ts';
import { locateConfig } from './config-location.ts';

/** A `[[services]]` entry of the user's config. */
export interface ServiceBinding {
  readonly binding: string;
  /** Deployed name of the Worker that it names. */
  readonly target: string;
  readonly entrypoint?: string;
  readonly props?: Readonly<Record<string, unknown>>;
  /** The rest of the entry, as it is written: `environment`, `remote`, and what a newer wrangler may know. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** What the plan needs to know of a Worker; plain data, so that plans can be tested as tables. */
export interface SourceWorker {
  /** The config that wrangler reads: the one that was named, or the built one to which it redirects. */
  readonly configPath: string;
  readonly directory: string;
  /** The environment of the config that is taken: none where the config is built for one, or has not the one that was asked for. */
  readonly environment?: string;
  /** The name that documents use: the top-level name, the same in each environment. */
  readonly worker: string;
  /** The name under which this environment deploys it. */
  readonly name: string;
  readonly services: readonly ServiceBinding[];
  /** `script_name`s of Durable Object bindings, deployed names. */
  readonly durableObjectScripts: readonly string[];
  /** Names of the bindings to Durable Objects whose class lives in this Worker. */
  readonly ownObjects?: readonly string[];
  /** Deployed names of the Workers that it names otherwise than by a call: those of its workflows, and its tail consumers. */
  readonly otherScripts?: readonly string[];
  /** Ids of its client certificates, by the names of their bindings. */
  readonly certificates?: Readonly<Record<string, string>>;
  readonly compatibilityDate?: string;
  readonly compatibilityFlags: readonly string[];
  /** Absolute path of the entry; undefined for a Worker that has only assets. */
  readonly main?: string;
  readonly hasAssets: boolean;
}

/** The part of wrangler's normalised config that we read; wrangler's own type is not exported with its package. */
export interface WranglerConfig {
  readonly name?: string;
  readonly topLevelName?: string;
  readonly userConfigPath?: string;
  readonly main?: string;
  readonly compatibility_date?: string;
  readonly compatibility_flags: readonly string[];
  readonly rules?: readonly ModuleRule[];
  readonly services?: readonly ({
    readonly binding: string;
    readonly service: string;
    readonly entrypoint?: string;
    readonly props?: Readonly<Record<string, unknown>>;
  } & Readonly<Record<string, unknown>>)[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string; readonly script_name?: string }[];
  };
  readonly workflows?: readonly {
    readonly binding: string;
    readonly class_name: string;
    readonly script_name?: string;
  }[];
  readonly mtls_certificates?: readonly { readonly binding: string; readonly certificate_id: string }[];
  readonly tail_consumers?: readonly { readonly service: string }[];
  readonly streaming_tail_consumers?: readonly { readonly service: string }[];
  readonly assets?: { readonly directory?: string };
  readonly containers?: readonly unknown[];
  readonly dev?: object;
  readonly upload_source_maps?: boolean;
  readonly site?: { readonly 'entry-point'?: string };
  readonly pages_build_output_dir?: string;
  readonly route?: PublicRoute;
  readonly routes?: readonly PublicRoute[];
}

type PublicRoute = string | { readonly pattern: string };

export interface ReadWorker {
  readonly source: SourceWorker;
  /** The whole config as wrangler normalised it for the environment: paths absolute, inheritance resolved. */
  readonly config: WranglerConfig;
  /** What a reader should know of how the config was read, one sentence each. */
  readonly notes: readonly string[];
  /** What does not keep a Worker from running locally, but must not be deployed: one sentence each. */
  readonly faults: readonly string[];
}

export interface ReadOptions {
  /** Reads with the wrangler of the Worker's project, which is the one that deploys it; ours otherwise, which is the one that runs it. */
  readonly projectWrangler?: boolean;
}

type RawConfig = Readonly<Record<string, unknown>> & { readonly env?: Readonly<Record<string, object>> };

/** Reads a wrangler config (TOML, JSON or JSONC, whatever its file name) for an environment. */
export async function readWorker(
  path: string,
  environment: string | undefined,
  options: ReadOptions = {},
): Promise<ReadWorker> {
  const { path: configPath, userPath } = locateConfig(path);
  const directory = dirname(configPath);
  const notes: string[] = [];
  const faults: string[] = [];
  try {
    return await callWrangler(
      (wrangler) => {
        const raw = wrangler.experimental_readRawConfig({ config: configPath }).rawConfig as RawConfig;
        const env = chooseEnvironment(path, raw, environment, faults);
        const normalised = wrangler.unstable_readConfig({ config: configPath, env: env ?? '' }, { hideWarnings: true });
        const config = {
          ...(normalised as unknown as WranglerConfig),
          ...(isBuilt(raw) ? { topLevelName: raw.topLevelName as string | undefined } : {}),
          userConfigPath: userPath,
          // Nobody builds the images of containers here, so nothing may try to start them.
          dev: { ...normalised.dev, enable_containers: false },
        };
        if (configPath !== userPath)
          notes.push(`${path}: taken as its build left it in ${relative(dirname(userPath), configPath)}`);
        faults.push(...unknownKeys(raw, env, config).map((key) => unknownKeyFault(path, key)));
        return {
          source: sourceOf(path, { configPath, directory, environment: env }, config, faults),
          config,
          notes,
          faults,
        };
      },
      options.projectWrangler ? directory : undefined,
    );
  } catch (cause) {
    if (cause instanceof DerivationError) throw cause;
    throw new DerivationError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Build tools write these into the flat configs that they make, for one environment each. */
function isBuilt(raw: RawConfig): boolean {
  return raw.topLevelName !== undefined || raw.definedEnvironments !== undefined || raw.targetEnvironment !== undefined;
}

/**
 * A built config is for the environment that it was built for, as wrangler decides it. A config with environments, but without
 * this one, takes part as its top level says: other Workers bind it under its plain name.
 */
function chooseEnvironment(
  path: string,
  raw: RawConfig,
  wanted: string | undefined,
  faults: string[],
): string | undefined {
  const defined = Object.keys(raw.env ?? {});
  if (isBuilt(raw)) {
    const { targetEnvironment: target } = raw;
    if (wanted !== undefined && target && target !== wanted)
      throw new DerivationError(
        `${path}: it was built for the environment "${target}", and "${wanted}" is asked for; build it again for that one`,
      );
    if (defined.length > 0)
      throw new DerivationError(`${path}: a built config cannot have environments, and it has ${defined.join(', ')}`);
    return undefined;
  }
  if (wanted === undefined || defined.length === 0 || defined.includes(wanted)) return wanted;
  faults.push(
    `${path}: it has no environment "${wanted}" (it has ${defined.join(', ')}), and takes part as its top level says`,
  );
  return undefined;
}

/** Wrangler's reader drops what it does not know, with a warning. */
function unknownKeys(raw: RawConfig, environment: string | undefined, config: WranglerConfig): string[] {
  const known = new Set([...Object.keys(config), 'env', '$schema']);
  const section = environment === undefined ? undefined : ownEntry(raw.env ?? {}, environment);
  return [
    ...Object.keys(raw).filter((key) => !known.has(key)),
    ...Object.keys(section ?? {}).flatMap((key) => (known.has(key) ? [] : [`env.${environment}.${key}`])),
  ];
}

function unknownKeyFault(path: string, key: string): string {
  return `${path}: this wrangler does not know the key "${key}", so it is not carried over; a newer wrangler in its project may know it`;
}

function sourceOf(
  path: string,
  place: Pick<SourceWorker, 'configPath' | 'directory' | 'environment'>,
  config: WranglerConfig,
  faults: string[],
): SourceWorker {
  if (config.pages_build_output_dir !== undefined)
    throw new DerivationError(`${path}: it is a Pages project, which cannot be meshed; leave it out of the configs`);
  const { environment, ...rest } = place;
  const name = config.name ?? nameOf(place.directory);
  if (config.name === undefined)
    faults.push(`${path}: it has no "name", and is called "${name}" after its folder; give it one`);
  // Wrangler gives this path relative to the working directory.
  const entryPoint = config.site?.['entry-point'];
  const otherScripts = [
    ...(config.workflows ?? []).flatMap((workflow) => workflow.script_name ?? []),
    ...[...(config.tail_consumers ?? []), ...(config.streaming_tail_consumers ?? [])].map(({ service }) => service),
  ];
  const certificates = (config.mtls_certificates ?? []).map((one) => [one.binding, one.certificate_id] as const);
  const main = config.main ?? (entryPoint === undefined ? undefined : resolve(entryPoint));
  return {
    ...rest,
    ...(environment === undefined ? {} : { environment }),
    worker: config.topLevelName ?? name,
    name,
    services: (config.services ?? []).map(serviceBinding),
    durableObjectScripts: config.durable_objects.bindings.flatMap((binding) => binding.script_name ?? []),
    ownObjects: config.durable_objects.bindings.flatMap((binding) =>
      binding.script_name === undefined || binding.script_name === config.name ? binding.name : [],
    ),
    ...(otherScripts.length === 0 ? {} : { otherScripts }),
    ...(certificates.length === 0 ? {} : { certificates: Object.fromEntries(certificates) }),
    ...(config.compatibility_date === undefined ? {} : { compatibilityDate: config.compatibility_date }),
    compatibilityFlags: config.compatibility_flags,
    ...(main === undefined ? {} : { main }),
    hasAssets: config.assets?.directory !== undefined,
  };
}

function nameOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'worker' : name;
}

function serviceBinding({
  binding,
  service,
  entrypoint,
  props,
  ...more
}: NonNullable<WranglerConfig['services']>[number]): ServiceBinding {
  return {
    binding,
    target: service,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(props === undefined ? {} : { props }),
    ...(Object.keys(more).length === 0 ? {} : { more }),
  };
}
