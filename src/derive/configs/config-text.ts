/** A wrangler config as text: parsed as wrangler parses it, but without judging what it says. */
import { type ParseError, parse as parseJsonc } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { isObject } from '../../core/is-object.ts';

export type ConfigTable = Readonly<Record<string, unknown>>;

/** The table that a config file holds, TOML or JSON with comments by its name; undefined where the text is no such table. */
export function parseConfigText(path: string, text: string): ConfigTable | undefined {
  const value = path.toLowerCase().endsWith('.toml') ? tomlTable(text) : jsonTable(text);
  return isObject(value) ? value : undefined;
}

function tomlTable(text: string): unknown {
  try {
    return parseToml(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function jsonTable(text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  return errors.length === 0 ? value : undefined;
}
