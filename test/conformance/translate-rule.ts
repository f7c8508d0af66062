import {
  type BackendRef,
  type Cluster,
  hasLabels,
  namespaceOf,
  type RouteFilter,
  type RouteRule,
} from './manifests.ts';
import { type Entry, fullName } from './precedence.ts';

/** The pods behind one Kubernetes Service: the names of its Deployments, as `NAMESPACE/NAME`. */
export function podsOf(cluster: Cluster, namespace: string, name: string): string[] {
  const service = cluster.services.find((one) => namespaceOf(one) === namespace && one.metadata.name === name);
  if (service === undefined) return [];
  return cluster.deployments
    .filter(
      (one) => namespaceOf(one) === namespace && hasLabels(one.spec.template.metadata.labels, service.spec.selector),
    )
    .map((one) => `${namespace}/${one.metadata.name}`);
}

/** Collects the versions that the routes of one document name, and what could not be carried over. */
export class DocumentBuilder {
  readonly versions: Record<string, { worker: string }> = {};
  readonly backends: Record<string, string> = {};
  readonly unsupported: string[] = [];

  constructor(private readonly cluster: Cluster) {}

  /** One route of a document for one match of one rule. */
  route(entry: Entry, index: number): Record<string, unknown> {
    const { rule, match } = entry;
    const where = `${fullName(entry.route)} rule ${entry.position[0]}`;
    if (rule.sessionPersistence !== undefined) this.unsupported.push(`${where}: sessionPersistence`);
    return {
      name: `${entry.route.metadata.name}.${index}`,
      ...(entry.hostname === undefined ? {} : { hostnames: [entry.hostname] }),
      matches: [
        {
          ...(match.path === undefined
            ? {}
            : { path: { type: match.path.type ?? 'PathPrefix', value: match.path.value ?? '/' } }),
          ...(match.method === undefined ? {} : { method: match.method }),
          ...(match.headers === undefined ? {} : { headers: firstOfEachName(match.headers) }),
          ...(match.queryParams === undefined ? {} : { queryParams: match.queryParams }),
        },
      ],
      ...this.filters(rule.filters, where),
      backends: (rule.backendRefs ?? []).flatMap((ref) => this.backend(ref, namespaceOf(entry.route), where)),
      ...(rule.timeouts === undefined ? {} : { timeouts: rule.timeouts }),
      ...(rule.retry === undefined ? {} : { retry: retryOf(rule.retry) }),
    };
  }

  /** Declares the version that stands for one Deployment, and answers its name. */
  version(pod: string): string {
    const name = pod.replace('/', '.');
    const worker = pod.replace('/', '--');
    this.versions[name] = { worker };
    this.backends[worker] = pod;
    return name;
  }

  private backend(ref: BackendRef, namespace: string, where: string): Record<string, unknown>[] {
    const own = ref.namespace ?? namespace;
    const weight = ref.weight ?? 1;
    const filters = this.filters(ref.filters, `${where} backend ${ref.name}`);
    const pods = (ref.kind ?? 'Service') === 'Service' ? podsOf(this.cluster, own, ref.name) : [];
    if (pods.length > 1) this.unsupported.push(`${where}: backend ${ref.name} has several Deployments`);
    const [pod] = pods;
    if (pod !== undefined) return [{ version: this.version(pod), weight, ...filters }];
    // A backend that does not exist is a Worker that the edge has no binding for.
    const missing = `missing.${ref.name}`;
    this.versions[missing] = { worker: `missing--${ref.name}`.toLowerCase() };
    return [{ version: missing, weight, ...filters }];
  }

  private filters(filters: readonly RouteFilter[] | undefined, where: string): { filters?: readonly RouteFilter[] } {
    if (filters === undefined || filters.length === 0) return {};
    for (const filter of filters) {
      if (!carried.has(filter.type)) this.unsupported.push(`${where}: filter ${filter.type}`);
    }
    return { filters: filters.filter((filter) => carried.has(filter.type)) };
  }
}

const carried = new Set(['RequestHeaderModifier', 'ResponseHeaderModifier']);

/** Of equal header names in a match only the first counts. */
function firstOfEachName<T extends { readonly name: string }>(values: readonly T[]): T[] {
  const seen = new Set<string>();
  return values.filter(({ name }) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
}

/** HTTPRoute's retry knows no budget, so the document's is opened as far as it goes. */
function retryOf(retry: NonNullable<RouteRule['retry']>): Record<string, unknown> {
  return { ...retry, attempts: retry.attempts ?? 1, budget: { percent: 100, burst: 1000 } };
}
