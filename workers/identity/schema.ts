/** The tables of a trust domain's object. What each row is stands in STORAGE.md. */
import { migrateTables } from '../../src/platform/migrate-tables.ts';

const steps: readonly (readonly string[])[] = [
  [
    // Deployments from before versions were counted have the table of keys already, with what is in it.
    'CREATE TABLE IF NOT EXISTS own_name (id INTEGER PRIMARY KEY, trust_domain TEXT NOT NULL)',
    `CREATE TABLE IF NOT EXISTS signing_keys (
      kid TEXT PRIMARY KEY, state TEXT NOT NULL, at_ms INTEGER NOT NULL, public_jwk TEXT NOT NULL, private_jwk TEXT
    )`,
    `CREATE TABLE IF NOT EXISTS roots (
      kid TEXT PRIMARY KEY, state TEXT NOT NULL, at_ms INTEGER NOT NULL, certificate TEXT NOT NULL, private_key TEXT
    )`,
    `CREATE TABLE IF NOT EXISTS intermediates (
      kid TEXT PRIMARY KEY, root TEXT NOT NULL, state TEXT NOT NULL, expires_at_ms INTEGER NOT NULL,
      certificate TEXT NOT NULL, private_key TEXT
    )`,
    `CREATE TABLE IF NOT EXISTS certificates (
      serial TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, spiffe_id TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
    )`,
    `CREATE TABLE IF NOT EXISTS revocations (
      kind TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER,
      lifted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, value)
    )`,
    `CREATE TABLE IF NOT EXISTS join_tokens (
      hash TEXT PRIMARY KEY, id TEXT NOT NULL, allowed TEXT NOT NULL, expires_at_ms INTEGER NOT NULL, used_at_ms INTEGER
    )`,
    'CREATE TABLE IF NOT EXISTS attestation_rules (id TEXT PRIMARY KEY, rule TEXT NOT NULL, created_ms INTEGER NOT NULL)',
    'CREATE TABLE IF NOT EXISTS used_proofs (hash TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL)',
    `CREATE TABLE IF NOT EXISTS federations (
      trust_domain TEXT PRIMARY KEY, bundle_url TEXT, bundle TEXT, refreshed_ms INTEGER, next_ms INTEGER, problem TEXT
    )`,
    'CREATE TABLE IF NOT EXISTS published (id INTEGER PRIMARY KEY, keys TEXT NOT NULL, sequence INTEGER NOT NULL)',
    `CREATE TABLE IF NOT EXISTS audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
      spiffe_id TEXT, subject TEXT, expires_at_ms INTEGER, outcome TEXT NOT NULL, detail TEXT NOT NULL
    )`,
  ],
];

/** Brings the tables to the newest version. */
export function migrate(storage: DurableObjectStorage): void {
  migrateTables(storage, steps);
}
