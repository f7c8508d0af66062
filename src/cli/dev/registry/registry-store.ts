/** The local KV namespace of a mesh, opened by itself: documents must be known before the mesh is derived. */
import { Miniflare } from 'miniflare';
import { serviceKey } from '../../../core/configs/edge-config.ts';
import type { SourceWorker } from '../../../derive/configs/source-worker.ts';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import { inEnvironment } from '../../../derive/plan/names.ts';
import { completeDocuments, documentedServices, type StoredDocuments } from './documents.ts';

/** What we use of a KV namespace; miniflare's own type needs Cloudflare's types. */
interface KvNamespace {
  list(options: {
    readonly cursor?: string;
  }): Promise<{ readonly keys: readonly { readonly name: string }[]; readonly cursor?: string }>;
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
}

export interface DocumentStore {
  readAll(): Promise<StoredDocuments>;
  put(key: string, text: string): Promise<void>;
}

/** Opens the namespace for the time of `use`, which need not wait for it before it is wanted. */
export async function withRegistry<Result>(
  persistRoot: string,
  id: string,
  use: (store: Promise<DocumentStore>) => Promise<Result>,
): Promise<Result> {
  const mf = new Miniflare({
    cf: false,
    script: 'addEventListener("fetch", (event) => event.respondWith(new Response(null, { status: 404 })))',
    kvNamespaces: { REGISTRY: id },
    defaultPersistRoot: persistRoot,
    logRequests: false,
  });
  const opening = documentStore(mf);
  // A store that fails to open is told where it is wanted.
  opening.catch(() => {});
  try {
    return await use(opening);
  } finally {
    // A store that is still opening when something else has failed would keep the process alive.
    await mf.dispose();
  }
}

/** The documents in a KV namespace of a miniflare instance; good until its options are set anew. */
export async function documentStore(mf: Miniflare, worker?: string): Promise<DocumentStore> {
  const kv = (await mf.getKVNamespace('REGISTRY', worker)) as unknown as KvNamespace;
  return {
    async readAll() {
      const texts: Record<string, string> = {};
      let cursor: string | undefined;
      do {
        const page = await kv.list({ cursor });
        for (const { name } of page.keys) {
          const text = await kv.get(name);
          if (text !== null) texts[name] = text;
        }
        cursor = page.cursor;
      } while (cursor);
      return texts;
    },
    put: (key, text) => kv.put(key, text),
  };
}

/** Documents that were read before, for a mesh that is derived while KV cannot be asked; writing changes nothing. */
export function fixedStore(documents: StoredDocuments): DocumentStore {
  return { readAll: async () => documents, put: async () => {} };
}

/**
 * State may hold documents of services that another start of `dev` ran; only those that concern these Workers make an edge: those about
 * them, those that they bind, those whose routes lead to a service that concerns them and those to which the routes of one lead, and those
 * that stand for hosts outside.
 */
export function relevantDocuments(
  stored: StoredDocuments,
  workers: readonly SourceWorker[],
  environment: string | undefined,
): StoredDocuments {
  const names = new Set(workers.map(({ worker }) => worker));
  const targets = new Set(workers.flatMap(({ services }) => services.map(({ target }) => target)));
  const documents = documentedServices(stored);
  const concerned = new Set(
    documents
      .filter(
        ({ service, workers: listed, egressHosts = [] }) =>
          names.has(service) ||
          listed.some((worker) => names.has(worker)) ||
          targets.has(inEnvironment(service, environment)) ||
          egressHosts.length > 0,
      )
      .map(({ service }) => service),
  );
  for (let before = -1; before !== concerned.size; ) {
    before = concerned.size;
    for (const { service, peers: routed = [], authorisers } of documents) {
      const peers = [...routed, ...(authorisers?.services ?? [])];
      if (concerned.has(service)) for (const peer of peers) concerned.add(peer);
      else if (peers.some((peer) => concerned.has(peer) || names.has(peer))) concerned.add(service);
    }
  }
  const left = new Set(
    documents.filter(({ service }) => !concerned.has(service)).map(({ service }) => serviceKey(service)),
  );
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !left.has(key)));
}

/** Stores what differs. Files are the truth at start; what nobody wrote is completed, but only where the key is absent. */
export async function storeDocuments(
  store: DocumentStore,
  plan: MeshPlan,
  stored: StoredDocuments,
  wanted: StoredDocuments,
): Promise<StoredDocuments> {
  const documents = completeDocuments(plan, wanted);
  for (const [key, text] of Object.entries(documents)) if (stored[key] !== text) await store.put(key, text);
  return documents;
}
