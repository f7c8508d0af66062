/** The tables of a shard. */
import { migrateTables } from '../../src/platform/migrate-tables.ts';
import { bucketCount } from '../../src/telemetry/histogram.ts';

/** Columns of the latency histogram, `b0` to `b15`. */
export const bucketColumns: readonly string[] = Array.from({ length: bucketCount }, (_, index) => `b${index}`);

const steps: readonly (readonly string[])[] = [
  [
    // Calls lie in blocks, several batches or one to a row, the batches' own JSON unchanged, one a line: rows written are what a
    // Durable Object bills, and a row per call was measured at 20 to 90 us of CPU against 5 us in a block. The short columns before
    // `body` say what is in it, so that a search opens few blocks.
    `CREATE TABLE blocks (
      id INTEGER PRIMARY KEY,
      opened_ms REAL NOT NULL,
      calls INTEGER NOT NULL,
      spans INTEGER NOT NULL,
      first_start_ms REAL NOT NULL,
      last_start_ms REAL NOT NULL,
      longest_ms REAL NOT NULL,
      services TEXT NOT NULL,
      statuses TEXT NOT NULL,
      outcomes TEXT NOT NULL,
      length INTEGER NOT NULL,
      trace_keys TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    `CREATE TABLE isolates (
      isolate TEXT PRIMARY KEY,
      last_sequence INTEGER NOT NULL,
      calls INTEGER NOT NULL,
      received INTEGER NOT NULL,
      missing TEXT NOT NULL,
      dropped INTEGER NOT NULL,
      edges TEXT NOT NULL,
      heard_ms REAL NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE metrics (
      minute_ms REAL NOT NULL,
      service TEXT NOT NULL,
      version TEXT NOT NULL,
      route TEXT NOT NULL,
      caller TEXT NOT NULL,
      kind TEXT NOT NULL,
      status INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      count INTEGER NOT NULL,
      sum_ms REAL NOT NULL,
      ${bucketColumns.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
      PRIMARY KEY (minute_ms, service, version, route, caller, kind, status, outcome)
    ) WITHOUT ROWID`,
  ],
  [
    // What dry-run access rules would have decided tells series apart, and a primary key cannot be changed in place.
    `CREATE TABLE metrics_with_shadow (
      minute_ms REAL NOT NULL,
      service TEXT NOT NULL,
      version TEXT NOT NULL,
      route TEXT NOT NULL,
      caller TEXT NOT NULL,
      kind TEXT NOT NULL,
      status INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      shadow TEXT NOT NULL,
      count INTEGER NOT NULL,
      sum_ms REAL NOT NULL,
      ${bucketColumns.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
      PRIMARY KEY (minute_ms, service, version, route, caller, kind, status, outcome, shadow)
    ) WITHOUT ROWID`,
    `INSERT INTO metrics_with_shadow
      SELECT minute_ms, service, version, route, caller, kind, status, outcome, '', count, sum_ms, ${bucketColumns.join(', ')}
      FROM metrics`,
    'DROP TABLE metrics',
    'ALTER TABLE metrics_with_shadow RENAME TO metrics',
  ],
  [
    // So does the rule by which that would have been.
    `CREATE TABLE metrics_with_rule (
      minute_ms REAL NOT NULL,
      service TEXT NOT NULL,
      version TEXT NOT NULL,
      route TEXT NOT NULL,
      caller TEXT NOT NULL,
      kind TEXT NOT NULL,
      status INTEGER NOT NULL,
      outcome TEXT NOT NULL,
      shadow TEXT NOT NULL,
      shadow_rule TEXT NOT NULL,
      count INTEGER NOT NULL,
      sum_ms REAL NOT NULL,
      ${bucketColumns.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
      PRIMARY KEY (minute_ms, service, version, route, caller, kind, status, outcome, shadow, shadow_rule)
    ) WITHOUT ROWID`,
    `INSERT INTO metrics_with_rule
      SELECT minute_ms, service, version, route, caller, kind, status, outcome, shadow, '', count, sum_ms, ${bucketColumns.join(', ')}
      FROM metrics`,
    'DROP TABLE metrics',
    'ALTER TABLE metrics_with_rule RENAME TO metrics',
  ],
];

/** Brings the tables to a version, the newest unless said. */
export function migrate(storage: DurableObjectStorage, newest = steps.length): void {
  migrateTables(storage, steps.slice(0, newest));
}
