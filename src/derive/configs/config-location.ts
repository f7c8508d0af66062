/** Which file wrangler would take for the config that a person names: a build tool may have put another in its place. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { DerivationError } from '../derivation-error.ts';

export interface ConfigLocation {
  /** The file to read: absolute. */
  readonly path: string;
  /** The file that a person wrote: absolute; `.dev.vars` and `.env` are beside it. */
  readonly userPath: string;
}

/** The names that wrangler looks for by itself, in its order. */
const ownNames = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'];
const redirection = '.wrangler/deploy/config.json';

/**
 * Follows `.wrangler/deploy/config.json` as wrangler does where it finds a config by itself: only from the config that it would
 * find in that folder. A config named otherwise is taken as it is.
 */
export function locateConfig(path: string): ConfigLocation {
  const userPath = resolve(path);
  const directory = dirname(userPath);
  const found = ownNames.find((name) => existsSync(join(directory, name)));
  const deployPath = join(directory, redirection);
  if (basename(userPath) !== found || !existsSync(deployPath)) return { path: userPath, userPath };
  const target = targetOf(deployPath);
  if (!existsSync(target))
    throw new DerivationError(
      `${path}: ${redirection} beside it names ${relative(directory, target)}, which does not exist; run the project's build first, or remove that file`,
    );
  return { path: target, userPath };
}

function targetOf(deployPath: string): string {
  const errors: ParseError[] = [];
  const content: unknown = parse(readFileSync(deployPath, 'utf8'), errors, { allowTrailingComma: true });
  const target = (content as { readonly configPath?: unknown } | undefined)?.configPath;
  if (errors.length > 0 || typeof target !== 'string')
    throw new DerivationError(`${deployPath}: it must be JSON with a "configPath"; run the project's build again`);
  return resolve(dirname(deployPath), target);
}
