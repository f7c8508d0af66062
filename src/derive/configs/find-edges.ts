/** Edges that a wrangler config describes itself: where a mesh is deployed with plain wrangler, they stand beside its Workers. */
import type { ConfigTable } from './config-text.ts';

/** Services before which the config's Worker stands, in any of its environments; none for a config of no edge. */
export function edgeServices(table: ConfigTable): string[] {
  const sections = [table, ...Object.values(tableOf(table.env)).map(tableOf)];
  const services = sections.flatMap(({ vars }) => {
    const { SERVICES, UPSTREAMS } = tableOf(vars);
    return Array.isArray(SERVICES) && typeof UPSTREAMS === 'object' ? (SERVICES as unknown[]) : [];
  });
  return [...new Set(services.filter((service) => typeof service === 'string'))];
}

function tableOf(value: unknown): ConfigTable {
  return typeof value === 'object' && value !== null ? (value as ConfigTable) : {};
}
