/** The part of a derived config that says where its code is: bundled before, beside the config, uploaded as it stands. */
import type { BundleModule } from './bundle.ts';
import type { ModuleRule, ModuleType } from './module-rules.ts';

export interface DerivedCode {
  /** Name of the entry module; undefined for a Worker that has only assets. */
  readonly main?: string;
  /** Every module of the Worker. */
  readonly modules: readonly BundleModule[];
  readonly flags: readonly string[];
}

/**
 * Paths are relative to the config, so that a folder of build output can be moved. Wrangler attaches no JavaScript module to
 * an entry that it does not bundle unless a rule says so: each module has its name in the rule of its type. No rule falls
 * through, so that wrangler's own rules, which go by the ends of names, do not give a module another type.
 */
export function codeConfig({ main, modules, flags }: DerivedCode): Record<string, unknown> {
  const compatibility = { compatibility_flags: [...flags] };
  if (main === undefined) return compatibility;
  const types = [...new Set<ModuleType>([...modules.map(({ type }) => type), 'Text', 'Data', 'CompiledWasm'])];
  const rules = types.map((type): ModuleRule => {
    const globs = modules.filter((module) => module.type === type).map(({ name }) => name);
    return { type, globs, fallthrough: false };
  });
  return { ...compatibility, main, base_dir: '.', no_bundle: true, find_additional_modules: true, rules };
}
