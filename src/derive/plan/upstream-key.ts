import { createHash } from 'node:crypto';
import { defaultUpstream } from '../../core/configs/edge-config.ts';
import type { ServiceBinding } from '../configs/source-worker.ts';

/**
 * The key of an upstream: one for each distinct (entrypoint, props) that users' bindings ask for, because a static binding of
 * the edge holds one entrypoint and one value of props. The same wish has the same key in every Worker and every run.
 */
export function upstreamKey(binding: Pick<ServiceBinding, 'entrypoint' | 'props'>): string {
  const entrypoint =
    binding.entrypoint === undefined || binding.entrypoint === 'default' ? defaultUpstream : binding.entrypoint;
  if (binding.props === undefined || Object.keys(binding.props).length === 0) return entrypoint;
  const digest = createHash('sha256').update(canonicalJson(binding.props)).digest('hex').slice(0, 8);
  return `${entrypoint}.${digest}`;
}

/** JSON with keys in order, so that two configs that say the same are the same. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
