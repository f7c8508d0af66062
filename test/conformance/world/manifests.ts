import { parseAllDocuments } from 'yaml';

/** The parts of Kubernetes objects that tell who there is to answer; what routes say is the importer's to read. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: {
    readonly selector?: Labels;
    readonly template?: { readonly metadata: { readonly labels: Labels } };
  };
}

export type Labels = Readonly<Record<string, string>>;

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

export interface ClusterService {
  readonly namespace: string;
  readonly name: string;
  /** The workloads that its selector names; none where it has no selector. */
  readonly workloads: readonly Workload[];
}

export interface ClusterFacts {
  readonly services: readonly ClusterService[];
  readonly workloads: readonly Workload[];
  /** `namespace/name` of every Gateway. */
  readonly gateways: readonly string[];
}

/** Reads YAML texts in order; a later object of the same kind and name replaces an earlier one. */
export function readCluster(texts: readonly string[], defaultNamespace = 'default'): ClusterFacts {
  const objects = new Map<string, Manifest>();
  for (const manifest of texts.flatMap(manifestsOf)) {
    objects.set(`${manifest.kind} ${namespaceOf(manifest)}/${manifest.metadata.name}`, manifest);
  }
  function namespaceOf(manifest: Manifest): string {
    return manifest.metadata.namespace ?? defaultNamespace;
  }
  const ofKind = (kind: string): Manifest[] => [...objects.values()].filter((manifest) => manifest.kind === kind);
  const workloads = ofKind('Deployment').map((one) => ({
    namespace: namespaceOf(one),
    name: one.metadata.name,
    labels: one.spec?.template?.metadata.labels ?? {},
  }));
  return {
    workloads,
    services: ofKind('Service').map((one) => ({
      namespace: namespaceOf(one),
      name: one.metadata.name,
      workloads: selected(workloads, namespaceOf(one), one.spec?.selector),
    })),
    gateways: ofKind('Gateway').map((one) => `${namespaceOf(one)}/${one.metadata.name}`),
  };
}

/** Most cases share their base manifests, which are long. */
const read = new Map<string, readonly Manifest[]>();

function manifestsOf(text: string): readonly Manifest[] {
  const known = read.get(text);
  if (known !== undefined) return known;
  const manifests = parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest): manifest is Manifest => manifest?.kind !== undefined);
  read.set(text, manifests);
  return manifests;
}

function selected(workloads: readonly Workload[], namespace: string, selector: Labels | undefined): Workload[] {
  if (selector === undefined) return [];
  return workloads.filter((one) => one.namespace === namespace && hasLabels(one.labels, selector));
}

export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
