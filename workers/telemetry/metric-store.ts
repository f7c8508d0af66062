/** Metrics per minute: deltas are added to what is there. */
import type { MetricDelta } from '../../src/telemetry/batch.ts';
import { trimBuckets } from '../../src/telemetry/histogram.ts';
import { type MetricRow, mostShadowRows, type ShadowRow } from '../../src/telemetry/shard-api.ts';
import { bucketColumns } from './schema.ts';

const labels = ['service', 'version', 'route', 'caller', 'kind', 'status', 'outcome', 'shadow'] as const;
const sums = ['count', 'sum_ms', ...bucketColumns];
const columns = [...labels, 'shadow_rule', ...sums];

const addDeltas = `INSERT INTO metrics (minute_ms, ${columns.join(', ')})
  SELECT ?, ${columns.map((_, index) => `value ->> ${index}`).join(', ')} FROM json_each(?) WHERE true
  ON CONFLICT DO UPDATE SET ${sums.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`;

type Row = Record<string, SqlStorageValue>;

export class MetricStore {
  constructor(private readonly sql: SqlStorage) {}

  /** `sentAtMs` is when the batch was made: a batch that comes late counts where it belongs. */
  add(sentAtMs: number, metrics: readonly MetricDelta[]): void {
    if (metrics.length === 0) return;
    const minuteMs = Math.floor(sentAtMs / 60_000) * 60_000;
    const rows = metrics.map((metric) => [
      ...labels.map((label) => metric[label] ?? ''),
      metric.shadowRule ?? '',
      metric.count,
      metric.sumMs,
      ...bucketColumns.map((_, index) => metric.buckets[index] ?? 0),
    ]);
    this.sql.exec(addDeltas, minuteMs, JSON.stringify(rows));
  }

  since(instantMs: number): MetricRow[] {
    return this.sql
      .exec<Row>('SELECT * FROM metrics WHERE minute_ms >= ? ORDER BY minute_ms', instantMs)
      .toArray()
      .map(toMetricRow);
  }

  /** What dry-run rules would have decided, of one service or of all, without the minutes; the most calls first. */
  shadowsSince(instantMs: number, service: string | undefined): ShadowRow[] {
    return this.sql
      .exec<Row>(
        `SELECT service, route, caller, kind, outcome = 'access_denied' AS refused, shadow, shadow_rule,
          SUM(count) AS count, MIN(minute_ms) AS first_ms
          FROM metrics WHERE minute_ms >= ? AND shadow <> '' ${service === undefined ? '' : 'AND service = ?'}
          GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY count DESC LIMIT ${mostShadowRows}`,
        instantMs,
        ...(service === undefined ? [] : [service]),
      )
      .toArray()
      .map(toShadowRow);
  }

  isEmpty(): boolean {
    return this.sql.exec('SELECT 1 FROM metrics LIMIT 1').toArray().length === 0;
  }

  removeBefore(instantMs: number): void {
    this.sql.exec('DELETE FROM metrics WHERE minute_ms < ?', instantMs);
  }
}

function toMetricRow(row: Row): MetricRow {
  return {
    minuteMs: row.minute_ms as number,
    service: row.service as string,
    version: row.version as string,
    route: row.route as string,
    caller: row.caller as string,
    kind: row.kind as MetricRow['kind'],
    status: row.status as number,
    outcome: row.outcome as MetricRow['outcome'],
    ...(row.shadow === '' ? {} : { shadow: row.shadow as MetricRow['shadow'] }),
    ...(row.shadow_rule === '' ? {} : { shadowRule: row.shadow_rule as string }),
    count: row.count as number,
    sumMs: row.sum_ms as number,
    buckets: trimBuckets(bucketColumns.map((name) => row[name] as number)),
  };
}

function toShadowRow(row: Row): ShadowRow {
  return {
    service: row.service as string,
    route: row.route as string,
    caller: row.caller as string,
    kind: row.kind as ShadowRow['kind'],
    refused: row.refused === 1,
    shadow: row.shadow as ShadowRow['shadow'],
    shadowRule: row.shadow_rule as string,
    count: row.count as number,
    firstMs: row.first_ms as number,
  };
}
