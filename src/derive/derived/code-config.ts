/** The part of a derived config that says where its code is: bundled before, beside the config, uploaded as it stands. */
import type { BundleModule } from '../code/bundle.ts';
import { isModuleByDefault, type ModuleRule } from '../code/module-rules.ts';

export interface DerivedCode {
  /** Name of the entry module; undefined for a Worker that has only assets. */
  readonly main?: string;
  /** Every module of the Worker. */
  readonly modules: readonly BundleModule[];
  readonly flags: readonly string[];
}

/**
 * Paths are relative to the config, so that a folder of build output can be moved. Wrangler attaches no JavaScript module to
 * an entry that it does not bundle unless a rule says so: each module has its name in the rule of its type, but for those that
 * wrangler attaches by itself, of which it would warn as duplicates.
 */
export function codeConfig({ main, modules, flags }: DerivedCode): Record<string, unknown> {
  const compatibility = { compatibility_flags: [...flags] };
  if (main === undefined) return compatibility;
  const named = modules.filter(({ name, type }) => !isModuleByDefault(name, type));
  const types = [...new Set(named.map(({ type }) => type))];
  const rules = types.map((type): ModuleRule => {
    const globs = named.filter((module) => module.type === type).map(({ name }) => name);
    return { type, globs, fallthrough: true };
  });
  return { ...compatibility, main, base_dir: '.', no_bundle: true, find_additional_modules: true, rules };
}
