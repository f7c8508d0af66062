/** Where in a wrangler config something stands, so that a finding can be opened in an editor. */
import { findNodeAtLocation, parseTree } from 'jsonc-parser';

export interface ConfigPlace {
  /** From 1; 0 where the place cannot be told. */
  readonly line: number;
  /** From 1; 0 as for `line`. */
  readonly column: number;
}

const nowhere: ConfigPlace = { line: 0, column: 0 };

/**
 * The place of an entry: `keys` lead to it (`['services', 2]`), `text` is a text value that it holds or is. An environment's own
 * section goes before the top level, as wrangler reads it.
 */
export function findPlace(
  path: string,
  content: string,
  environment: string | undefined,
  keys: readonly (string | number)[],
  text?: string,
): ConfigPlace {
  const find = path.toLowerCase().endsWith('.toml') ? tomlPlace : jsonPlace;
  const own = environment === undefined ? nowhere : find(content, ['env', environment, ...keys], text);
  return own.line > 0 ? own : find(content, keys, text);
}

function jsonPlace(content: string, keys: readonly (string | number)[], _text?: string): ConfigPlace {
  const tree = parseTree(content, [], { allowTrailingComma: true });
  const node = tree === undefined ? undefined : findNodeAtLocation(tree, [...keys]);
  return node === undefined ? nowhere : placeAt(content, node.offset);
}

/**
 * TOML's parser tells no places, so this looks for the header of the entry's table, or the line that assigns it, and from there
 * for the text in quotes. A form that it does not know gives the line of the whole, or none.
 */
function tomlPlace(content: string, keys: readonly (string | number)[], text?: string): ConfigPlace {
  const lines = content.split('\n');
  const names = keys.filter((key) => typeof key === 'string');
  const position = keys.findLast((key) => typeof key === 'number') ?? 0;
  const headers = lines.map((line) =>
    /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/.exec(line)?.[1]?.split('.').map(bare),
  );
  const tables = headers.flatMap((header, index) => (header !== undefined && same(header, names) ? [index] : []));
  const table = tables[position];
  if (table !== undefined) return within(lines, table, nextHeader(headers, table), text) ?? at(lines, table);
  for (let depth = names.length - 1; depth >= 0; depth -= 1) {
    const above = names.slice(0, depth);
    const start = depth === 0 ? -1 : headers.findIndex((header) => header !== undefined && same(header, above));
    if (depth > 0 && start < 0) continue;
    const end = nextHeader(headers, start);
    const key = new RegExp(
      `^\\s*["']?${(names[depth] as string).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?\\s*(?:=|\\.)`,
    );
    const line = lines.findIndex((one, index) => index > start && index < end && key.test(one));
    if (line >= 0) return within(lines, line, end, text) ?? at(lines, line);
  }
  return nowhere;
}

function within(lines: readonly string[], from: number, to: number, text: string | undefined): ConfigPlace | undefined {
  if (text === undefined) return undefined;
  const quoted = [`"${text}"`, `'${text}'`];
  for (let index = from; index < to; index += 1) {
    const column = Math.max(...quoted.map((one) => (lines[index] as string).indexOf(one)));
    if (column >= 0) return { line: index + 1, column: column + 1 };
  }
  return undefined;
}

function at(lines: readonly string[], index: number): ConfigPlace {
  return { line: index + 1, column: (lines[index] as string).search(/\S/) + 1 };
}

function nextHeader(headers: readonly (readonly string[] | undefined)[], after: number): number {
  const next = headers.findIndex((header, index) => index > after && header !== undefined);
  return next < 0 ? headers.length : next;
}

function bare(key: string): string {
  return key.trim().replace(/^["']|["']$/g, '');
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

function placeAt(content: string, offset: number): ConfigPlace {
  const before = content.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}
