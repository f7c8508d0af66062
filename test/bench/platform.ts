import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';

/** Compatibility date and flags: one pair for every Worker of the benchmark, taken from the edge's own config. */
export interface Platform {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: string[];
}

/** Reads the pair from the edge's wrangler.toml. */
export function edgePlatform(configPath: string): Platform {
  const config = parse(readFileSync(configPath, 'utf8'));
  return {
    compatibilityDate: String(config.compatibility_date),
    compatibilityFlags: ((config.compatibility_flags ?? []) as string[]).map(String),
  };
}
