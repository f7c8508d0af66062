/**
 * Control's side of the registry in KV: it lists, reads and writes whole keys. Edges only read, in src/platform's registry.
 * Keys are few (one per service), so a list and one bulk read per hundred keys show the whole mesh.
 */
import { meshKey, serviceKey } from '../../core/configs/edge-config.ts';
import { revisionOf } from '../../model/revision.ts';

/** What control leaves beside a value, so that status knows from when on edges could have seen it. */
export interface WriteMark {
  readonly revision: string;
  readonly writtenAtMs: number;
}

export interface StoredDocument {
  readonly key: string;
  readonly text: string;
  readonly revision: string;
  /** Undefined where somebody wrote the value past control, with plain wrangler for instance. */
  readonly writtenAtMs?: number;
}

const servicePrefix = 'service/';
/** The most keys that KV answers in one bulk read. */
const bulkKeys = 100;
/** KV serves a read from its cache for at least 30 s (its lowest cacheTtl); 60 s is the default. */
const cacheTtl = 30;

async function described(key: string, text: string, mark: WriteMark | null): Promise<StoredDocument> {
  const revision = await revisionOf(text);
  return {
    key,
    text,
    revision,
    writtenAtMs: mark !== null && mark.revision === revision ? mark.writtenAtMs : undefined,
  };
}

async function listServiceKeys(registry: KVNamespace): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page: KVNamespaceListResult<unknown> = await registry.list({ prefix: servicePrefix, cursor });
    keys.push(...page.keys.map((key) => key.name));
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return keys;
}

/**
 * Every document of the mesh: `mesh` first if it is there, then the services in order of their names. The keys of `declared`
 * services are read even where the list, which lags behind writes, does not have them yet.
 */
export async function readAllDocuments(registry: KVNamespace, declared: readonly string[]): Promise<StoredDocument[]> {
  const services = new Set([...(await listServiceKeys(registry)), ...declared.map(serviceKey)]);
  const keys = [meshKey, ...[...services].sort()];
  const found: Promise<StoredDocument>[] = [];
  for (let at = 0; at < keys.length; at += bulkKeys) {
    const page = await registry.getWithMetadata<WriteMark>(keys.slice(at, at + bulkKeys), { type: 'text', cacheTtl });
    for (const [key, entry] of page) {
      // workerd gives null for a key that is absent, though its types promise an object with a null in it.
      const { value, metadata } = entry ?? { value: null, metadata: null };
      if (value !== null) found.push(described(key, value, metadata));
    }
  }
  return Promise.all(found);
}

export async function readDocument(registry: KVNamespace, key: string): Promise<StoredDocument | undefined> {
  const { value, metadata } = await registry.getWithMetadata<WriteMark>(key, { type: 'text', cacheTtl });
  return value === null ? undefined : described(key, value, metadata);
}

/** Writes one key and marks when; answers what is stored. KV takes one write per second and key. */
export async function writeDocument(
  registry: KVNamespace,
  key: string,
  text: string,
  nowMs: number,
): Promise<StoredDocument> {
  const revision = await revisionOf(text);
  const metadata: WriteMark = { revision, writtenAtMs: nowMs };
  await registry.put(key, text, { metadata });
  return { key, text, revision, writtenAtMs: nowMs };
}

/** Deletes one key; edges keep the last good snapshot that they have. */
export async function deleteDocument(registry: KVNamespace, key: string): Promise<void> {
  await registry.delete(key);
}
