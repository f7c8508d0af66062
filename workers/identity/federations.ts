import { type ReadBundle, readBundle } from '../../src/identity/ca/spiffe-bundle.ts';

type Row = {
  trust_domain: string;
  bundle_url: string | null;
  bundle: string | null;
  refreshed_ms: number | null;
  next_ms: number | null;
  problem: string | null;
};

/** The bundles of other trust domains, in the object's own database. */
export class Federations {
  readonly #sql: SqlStorage;
  /** Read bundles by trust domain. */
  readonly #read = new Map<string, ReadBundle>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** To be called once, before anything else. */
  async load(): Promise<void> {
    for (const { trust_domain: trustDomain, bundle } of this.#rows()) {
      if (bundle !== null) this.#read.set(trustDomain, await readBundle(JSON.parse(bundle)));
    }
  }

  bundleOf(trustDomain: string): ReadBundle | undefined {
    return this.#read.get(trustDomain);
  }

  #rows(): Row[] {
    return this.#sql.exec<Row>('SELECT * FROM federations ORDER BY trust_domain').toArray();
  }
}
