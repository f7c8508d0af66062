/** What dry-run access rules would have made of the calls that came, counted: how many decisions would be other ones, and for whom. */
import type { ShadowRow } from '../../telemetry/shard-api.ts';

export interface DryRunLine {
  /** The rule by which it would be so; `''` where no allow rule matches. */
  readonly rule: string;
  readonly becomes: 'refused' | 'let in';
  /** The caller's principal as metrics have it; `''` for nobody known. */
  readonly caller: string;
  /** The route, or the RPC member. */
  readonly route: string;
  readonly kind: ShadowRow['kind'];
  readonly calls: number;
}

export interface DryRunView {
  readonly service: string;
  /** Calls that dry-run rules were asked about. */
  readonly calls: number;
  /** Of them, let in now, and refused if the rules counted. */
  readonly wouldRefuse: number;
  /** Of them, refused now, and let in if the rules counted. */
  readonly wouldLetIn: number;
  /** Start of the first minute that was counted, in ms since the epoch. */
  readonly sinceMs: number;
  /** What would change, the most calls first. */
  readonly lines: readonly DryRunLine[];
}

/** How far back counts go unless said; telemetry keeps them for its RETENTION_HOURS. */
export const dryRunSpanMs = 7 * 86_400_000;

const changes = ({ refused, shadow }: ShadowRow) => refused === (shadow === 'allow');

/** By service, in order of their names; services without calls that dry-run rules were asked about are left out. */
export function viewDryRuns(rows: readonly ShadowRow[]): DryRunView[] {
  const services = [...new Set(rows.map(({ service }) => service))].sort();
  return services.map((service) => {
    const own = rows.filter((row) => row.service === service);
    const changing = own.filter(changes);
    const sum = (some: readonly ShadowRow[]) => some.reduce((total, { count }) => total + count, 0);
    return {
      service,
      calls: sum(own),
      wouldRefuse: sum(changing.filter(({ refused }) => !refused)),
      wouldLetIn: sum(changing.filter(({ refused }) => refused)),
      sinceMs: Math.min(...own.map(({ firstMs }) => firstMs)),
      lines: changing.map(({ shadowRule: rule, refused, caller, route, kind, count: calls }) => ({
        rule,
        becomes: refused ? 'let in' : 'refused',
        caller,
        route,
        kind,
        calls,
      })),
    };
  });
}
