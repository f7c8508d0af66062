/** The root wrangler.toml: the template of an edge, with one environment for each service of a mesh. */

import type { MeshPlan } from '../plan/mesh-plan.ts';
import { type EdgeWranglerConfig, edgeWranglerConfig } from './edge-wrangler.ts';
import { tomlKey, tomlLines, tomlValue } from './toml.ts';

/** Seconds between refreshes as shipped. */
export const shippedRefreshSeconds = 30;

/** Renders the file. `template` is the part that all edges share, up to the line that begins the first environment. */
export function renderWranglerToml(template: string, plan: MeshPlan): string {
  const sections = plan.edges.map((edge) =>
    section(edge.service, edgeWranglerConfig(plan, edge, shippedRefreshSeconds)),
  );
  return `${templatePart(template).trimEnd()}\n\n${sections.join('\n')}`;
}

/** The shared part of a root wrangler.toml: everything before its environments. */
export function templatePart(text: string): string {
  const begin = text.search(/^\[env\./m);
  return begin < 0 ? text : text.slice(0, begin);
}

function section(service: string, config: EdgeWranglerConfig): string {
  const { vars } = config;
  return [
    `[env.${tomlKey(service)}]`,
    `name = ${tomlValue(config.name)}`,
    `workers_dev = false`,
    `preview_urls = false`,
    `kv_namespaces = ${tomlValue(config.kv_namespaces)}`,
    `durable_objects = ${tomlValue(config.durable_objects)}`,
    `services = ${tomlLines(config.services)}`,
    '',
    `[env.${tomlKey(service)}.vars]`,
    ...Object.entries(vars).map(([name, value]) => `${name} = ${tomlValue(value)}`),
    '',
  ].join('\n');
}
