/** What a write of documents changes, as the lock and the audit log must know it. */
import { introduceDocument } from '../../model/diff/diff.ts';
import { parseStored } from '../../model/reading/stored.ts';
import { deleteDocument, type StoredDocument, writeDocument } from '../../platform/registry/registry-writer.ts';
import type { PlannedChange } from '../audit/make-changes.ts';
import { roleForChange } from '../lock/needed-role.ts';
import type { PlannedWrite } from './write-documents.ts';

type Stored = Pick<StoredDocument, 'key' | 'text' | 'revision'>;

function documentOf(stored: Stored | undefined) {
  if (stored === undefined) return undefined;
  const parsed = parseStored(stored.text, stored.key);
  return parsed.ok ? parsed.document : 'malformed';
}

/** The change that a write is; none where it leaves the document as it is: KV takes one write per second and key. */
export function changesOf(
  action: 'put' | 'apply' | 'split',
  write: PlannedWrite,
  stored: Stored | undefined,
  registry: KVNamespace,
): PlannedChange[] {
  const { key, document, text, revision: after, change } = write;
  if (change === 'unchanged') return [];
  const words = change === 'created' ? introduceDocument(document) : write.words;
  const needed = roleForChange(documentOf(stored), document);
  const make = async () => {
    await writeDocument(registry, key, text, Date.now());
  };
  return [{ action, key, before: stored?.revision ?? '', after, words, needed, make }];
}

/** The change that takes a document away. */
export function deletionOf(stored: Stored, registry: KVNamespace): PlannedChange {
  const { key, revision: before } = stored;
  const needed = roleForChange(documentOf(stored), undefined);
  const make = () => deleteDocument(registry, key);
  return { action: 'delete', key, before, after: '', words: ['deleted'], needed, make };
}
