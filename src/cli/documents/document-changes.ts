/** What an apply of documents would change, in words and as a patch of their YAML: by the code that control itself plans a write with. */
import { type FoundDocument, planWrite } from '../../control/documents/write-documents.ts';
import { mapLimited } from '../../derive/concurrency.ts';
import { introduceDocument } from '../../model/diff/diff.ts';
import { keyOf } from '../../model/reading/parse.ts';
import { parseStored } from '../../model/reading/stored.ts';
import type { StoredDocument } from '../../model/sound-document.ts';
import { yamlOf } from './document-yaml.ts';
import { unifiedPatch } from './line-patch.ts';

export interface DocumentChange {
  readonly key: string;
  /** Where the document was read. */
  readonly file: string;
  readonly change: 'unchanged' | 'created' | 'updated';
  /** One line each; of a document that is created, what it holds. */
  readonly words: readonly string[];
  /** Unified, from the YAML of the one to that of the other; `''` where nothing changes. */
  readonly patch: string;
}

/** Documents that a text of each is made into at once; each takes the time of its YAML. */
const atOnce = 4;

/** Compares what was found in files with `stored`, the registry's texts by key. In the order of the files. */
export function changesOf(
  found: readonly FoundDocument[],
  stored: ReadonlyMap<string, string>,
): Promise<DocumentChange[]> {
  return mapLimited(found, atOnce, async ({ file, document }) => {
    const key = keyOf(document);
    const text = stored.get(key);
    const { change, words } = await planWrite(document, text);
    if (change === 'unchanged') return { key, file, change, words, patch: '' };
    const before = text === undefined ? '' : await readable(text, key);
    const patch = unifiedPatch(before, await yamlOf(plain(document)), [text === undefined ? '/dev/null' : key, file]);
    return { key, file, change, words: change === 'created' ? introduceDocument(document) : words, patch };
  });
}

/** The YAML of what is stored, as `selvedge get` prints it; of what is malformed, the text itself. */
async function readable(text: string, key: string): Promise<string> {
  const parsed = parseStored(text, key);
  return parsed.ok ? yamlOf(plain(parsed.document)) : text;
}

function plain(document: StoredDocument): unknown {
  return document.kind === 'mesh' ? document.mesh : document.service;
}
