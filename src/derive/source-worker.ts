/** A user's Worker as its wrangler config describes it, in one environment, read by wrangler's own reader. */
import { dirname, resolve } from 'node:path';
import { DerivationError } from './derivation-error.ts';
import type { ModuleRule } from './module-rules.ts';
import { callWrangler } from './wrangler.ts';

/** A `[[services]]` entry of the user's config. */
export interface ServiceBinding {
  readonly binding: string;
  /** Deployed name of the Worker that it names. */
  readonly target: string;
  readonly entrypoint?: string;
  readonly props?: Readonly<Record<string, unknown>>;
}

/** What the plan needs to know of a Worker; plain data, so that plans can be tested as tables. */
export interface SourceWorker {
  readonly configPath: string;
  readonly directory: string;
  /** The name that documents use: the top-level name, the same in each environment. */
  readonly worker: string;
  /** The name under which this environment deploys it. */
  readonly name: string;
  readonly services: readonly ServiceBinding[];
  /** `script_name`s of Durable Object bindings, deployed names. */
  readonly durableObjectScripts: readonly string[];
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
  readonly main?: string;
  readonly compatibility_date?: string;
  readonly compatibility_flags: readonly string[];
  readonly rules?: readonly ModuleRule[];
  readonly services?: readonly {
    readonly binding: string;
    readonly service: string;
    readonly entrypoint?: string;
    readonly props?: Readonly<Record<string, unknown>>;
  }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string; readonly script_name?: string }[];
  };
  readonly assets?: { readonly directory?: string };
  readonly route?: PublicRoute;
  readonly routes?: readonly PublicRoute[];
}

type PublicRoute = string | { readonly pattern: string };

export interface ReadWorker {
  readonly source: SourceWorker;
  /** The whole config as wrangler normalised it for the environment: paths absolute, inheritance resolved. */
  readonly config: WranglerConfig;
}

/** Reads a wrangler config (TOML, JSON or JSONC, whatever its file name) for an environment. */
export async function readWorker(path: string, environment: string | undefined): Promise<ReadWorker> {
  const configPath = resolve(path);
  let config: WranglerConfig;
  try {
    config = await callWrangler(
      ({ unstable_readConfig }) =>
        unstable_readConfig({ config: configPath, env: environment }, { hideWarnings: true }) as WranglerConfig,
    );
  } catch (cause) {
    throw new DerivationError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const { name } = config;
  if (name === undefined) throw new DerivationError(`${path}: a Worker of a mesh needs a "name"`);
  return {
    config,
    source: {
      configPath,
      directory: dirname(configPath),
      worker: config.topLevelName ?? name,
      name,
      services: (config.services ?? []).map((service) => ({
        binding: service.binding,
        target: service.service,
        ...(service.entrypoint === undefined ? {} : { entrypoint: service.entrypoint }),
        ...(service.props === undefined ? {} : { props: service.props }),
      })),
      durableObjectScripts: config.durable_objects.bindings.flatMap((binding) => binding.script_name ?? []),
      ...(config.compatibility_date === undefined ? {} : { compatibilityDate: config.compatibility_date }),
      compatibilityFlags: config.compatibility_flags,
      ...(config.main === undefined ? {} : { main: config.main }),
      hasAssets: config.assets?.directory !== undefined,
    },
  };
}
