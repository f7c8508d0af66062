/** `selvedge diff`: what an apply of document files would change. Exits as diff(1) does: 0 equal, 1 different, above that in trouble. */
import { defineCommand } from 'citty';
import type { DocumentAnswer, DocumentList } from '../../control/api-types.ts';
import { checkFiles, type FoundDocument, storedText } from '../../control/documents/write-documents.ts';
import { mapLimited } from '../../derive/concurrency.ts';
import { keyOf } from '../../model/reading/parse.ts';
import { type ControlClient, connectControl } from '../control/control-client.ts';
import { controlArgs } from '../control/find-control.ts';
import { changesOf, type DocumentChange } from '../documents/document-changes.ts';
import { readDocumentFiles } from '../documents/document-files.ts';
import { documentPath } from '../documents/document-key.ts';
import { CliFailure, exitCode, usageFailure } from '../failure.ts';
import { paint, print, printError, printJson } from '../output.ts';
import { issueLine } from '../print-issues.ts';
import { repeated } from '../run-command.ts';

/** The other side of the comparison. */
interface Stored {
  /** Texts by key, of those keys that the files have. */
  readonly texts: ReadonlyMap<string, string>;
  readonly keys: readonly string[];
  readonly where: string;
}

interface Comparison {
  readonly against: string;
  readonly results: readonly DocumentChange[];
  /** Keys that only the other side has. An apply leaves them, so they make no difference. */
  readonly left: readonly string[];
}

export const diffCommand = defineCommand({
  meta: { name: 'diff', description: 'Say what an apply of document files would change, in words and as a patch' },
  args: {
    documents: {
      type: 'positional',
      required: false,
      description: 'Files or directories of documents, as with --file',
    },
    file: {
      type: 'string',
      alias: 'f',
      description: 'File or directory of documents; may be repeated, and the option left out',
      valueHint: 'path',
    },
    against: {
      type: 'string',
      description: 'Compare with the documents of this file or directory instead of the registry',
      valueHint: 'path',
    },
    words: { type: 'boolean', description: 'Only the words' },
    patch: { type: 'boolean', description: 'Only the patch' },
    ...controlArgs,
  },
  async run({ args, rawArgs }) {
    const paths = [...repeated(rawArgs, 'file', 'f'), ...args._];
    if (paths.length === 0) throw usageFailure('name the documents: selvedge diff DIRECTORY or FILE');
    const json = args.json === true;
    return inTrouble(json, async () => {
      const found = await readChecked(paths, json);
      const stored =
        args.against === undefined
          ? await registryOf(await connectControl(args), found)
          : await filesOf(args.against, json);
      const results = await changesOf(found, stored.texts);
      const present = new Set(results.map(({ key }) => key));
      const left = stored.keys.filter((key) => !present.has(key));
      const equal = results.every(({ change }) => change === 'unchanged');
      if (json) printJson({ equal, against: stored.where, results, left });
      else printComparison({ against: stored.where, results, left }, shownParts(args));
      return equal ? exitCode.ok : exitCode.findings;
    });
  },
});

/** 1 says that there are differences, and must not say anything else: a refusal that ends other commands so ends this one with 2. */
async function inTrouble<Result>(json: boolean, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CliFailure) {
      if (cause.exit !== exitCode.findings) throw cause;
      throw new CliFailure(cause.code, cause.message, exitCode.usage, cause.details);
    }
    if (!json) printError(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    throw new CliFailure('internal', cause instanceof Error ? cause.message : String(cause), exitCode.usage);
  }
}

async function readChecked(paths: readonly string[], json: boolean): Promise<readonly FoundDocument[]> {
  const checked = checkFiles(await readDocumentFiles(paths));
  if (checked.ok) return checked.found;
  if (!json) for (const issue of checked.issues) printError(issueLine(issue));
  throw new CliFailure('malformed', 'nothing was compared', exitCode.usage, { issues: checked.issues });
}

/** Width of the reading: KV answers each key by itself. */
const readsAtOnce = 8;

async function registryOf(control: ControlClient, found: readonly FoundDocument[]): Promise<Stored> {
  const { documents } = await control.get<DocumentList>('/api/documents');
  const keys = documents.map(({ key }) => key);
  const wanted = new Set<string>(found.map(({ document }) => keyOf(document)));
  const rows = await mapLimited(
    keys.filter((key) => wanted.has(key)),
    readsAtOnce,
    async (key) => [key, await textOf(control, key)] as const,
  );
  const texts = new Map(rows.flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const])));
  return { texts, keys, where: control.url };
}

/** Undefined where somebody has deleted it since the list was read. */
async function textOf(control: ControlClient, key: string): Promise<string | undefined> {
  try {
    return (await control.get<DocumentAnswer>(documentPath(key))).text;
  } catch (cause) {
    if (cause instanceof CliFailure && cause.code === 'not_found') return undefined;
    throw cause;
  }
}

async function filesOf(path: string, json: boolean): Promise<Stored> {
  const found = await readChecked([path], json);
  const texts = new Map(found.map(({ document }) => [keyOf(document), storedText(document)]));
  return { texts, keys: [...texts.keys()], where: path };
}

interface Parts {
  readonly words: boolean;
  readonly patch: boolean;
}

/** Both, where neither is asked for alone. */
function shownParts({ words, patch }: { readonly words?: boolean; readonly patch?: boolean }): Parts {
  return words === patch ? { words: true, patch: true } : { words: words === true, patch: patch === true };
}

const colour = { unchanged: 'dim', created: 'green', updated: 'cyan' } as const;

function printComparison({ against, results, left }: Comparison, parts: Parts): void {
  const changed = results.filter(({ change }) => change !== 'unchanged');
  for (const { key, file, change, words, patch } of changed) {
    if (parts.words) {
      print(`${paint(colour[change], `would be ${change}`)}  ${paint('bold', key)}  ${paint('dim', file)}`);
      for (const line of words) print(`  ${line}`);
    }
    if (parts.patch) print(patch.split('\n').map(paintPatchLine).join('\n'));
  }
  if (!parts.words) return;
  if (changed.length === 0)
    print(
      `No differences: ${against} has ${results.length === 1 ? 'this document' : `all ${results.length} documents`} as ${results.length === 1 ? 'it is' : 'they are'} here.`,
    );
  if (left.length > 0) print(paint('dim', `Only in ${against}, and left as they are by an apply: ${left.join(', ')}`));
}

function paintPatchLine(line: string): string {
  if (line.startsWith('@@')) return paint('cyan', line);
  if (/^(?:---|\+\+\+) /.test(line)) return paint('bold', line);
  return line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line;
}
