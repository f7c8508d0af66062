/** Kubernetes manifests of the Gateway API and of Istio become documents. Pure: texts in, documents and findings out. */
import { ownEntry } from '../core/own-entry.ts';
import type { Issue } from '../model/findings/issue.ts';
import type { ImportContext } from './context.ts';
import type { Imported, ImportedDocument } from './documents/document-types.ts';
import { lossesOf } from './documents/draft.ts';
import { finish, finishMesh } from './documents/finish.ts';
import { MeshDraft } from './documents/mesh-draft.ts';
import { gatewayGroup } from './gateway-api/gateway.ts';
import { gatewayApiKinds, importGatewayApi } from './gateway-api/import-gateway-api.ts';
import { importCode, Report } from './import-issue.ts';
import { importIstio, istioGroup, istioKinds } from './istio/import-istio.ts';
import { securityGroup, securityKinds } from './istio/security/import-security.ts';
import { operatorGroup, operatorKinds } from './istio/security/mesh-config.ts';
import { Cluster } from './manifests/cluster.ts';
import {
  type Manifest,
  type ManifestFile,
  type ParsedFile,
  parseManifestFile,
  readManifests,
} from './manifests/manifest.ts';
import { Names } from './names.ts';

export interface ImportOptions {
  /** Warnings and comments instead of errors, for everything that cannot be carried over; default false. */
  readonly lenient?: boolean;
  /** Documents that are no Kubernetes objects are left to others, and are no errors; default false. */
  readonly mixed?: boolean;
  /** Services of namespaces of which the input has no manifest, by namespace. */
  readonly namespaces?: Readonly<Record<string, readonly string[]>>;
  /** Which Worker is which version: `reviews:v2` to `reviews-canary`, or `reviews` to the Worker of the whole service. */
  readonly workers?: Readonly<Record<string, string>>;
  /** Istio's root namespace; what the mesh's configuration in the input says by default, else `istio-system`. */
  readonly rootNamespace?: string;
  /**
   * Where issuers' keys can be fetched by HTTPS, for addresses inside of a cluster: an address that begins with a key begins with its
   * value instead.
   */
  readonly keyAddresses?: Readonly<Record<string, string>>;
}

/**
 * Imports all manifests at once, since they refer to each other. There are documents even where there are errors: of everything that
 * could be carried over. Whoever writes them decides whether that will do. Never throws.
 */
export function importManifests(files: readonly ManifestFile[], options: ImportOptions = {}): Imported {
  // Names depend on all that are met, so the first pass only collects them.
  const parsed = files.map(parseManifestFile);
  const collecting = Names.collecting();
  importOnce(parsed, options, collecting);
  const names = collecting.settled();
  const { context } = importOnce(parsed, options, names);
  for (const manifest of context.manifests) tellClash(manifest, names);
  const services = [...context.drafts.values()]
    .sort((one, other) => (one.service < other.service ? -1 : 1))
    .flatMap((draft) => finish(draft) ?? []);
  const documents = [...[finishMesh(context.mesh) ?? []].flat(), ...services];
  const { issues } = context.report;
  return { documents: withLeftovers(documents, issues), issues, names: names.table() };
}

/** What is lost with whole objects belongs to no document, and is remarked in the first. */
function withLeftovers(documents: readonly ImportedDocument[], issues: readonly Issue[]): readonly ImportedDocument[] {
  const told = new Set(documents.flatMap(({ comments }) => comments.map(({ text }) => text)));
  const left = lossesOf(issues).filter((text) => !told.has(text));
  const [first, ...others] = documents;
  if (first === undefined || left.length === 0) return documents;
  return [{ ...first, comments: [...left.map((text) => ({ at: [], text })), ...first.comments] }, ...others];
}

function importOnce(
  files: readonly ParsedFile[],
  { lenient = false, mixed = false, namespaces = {}, workers = {}, rootNamespace, keyAddresses = {} }: ImportOptions,
  names: Names,
): { readonly context: ImportContext } {
  const report = new Report(lenient);
  const manifests = latest(readManifests(files, report, mixed)).filter(isKnown);
  const cluster = new Cluster(manifests, names, namespaces);
  const context: ImportContext = {
    report,
    names,
    cluster,
    manifests,
    drafts: new Map(),
    mesh: new MeshDraft(),
    workers,
    rootNamespace,
    keyAddresses,
  };
  importGatewayApi(context);
  importIstio(context);
  return { context };
}

/** The last of objects with the same kind and name counts, as where they are applied one after the other. */
function latest(manifests: readonly Manifest[]): Manifest[] {
  const byName = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const key = `${manifest.group}/${manifest.kind} ${manifest.namespace}/${manifest.name}`;
    const earlier = byName.get(key);
    if (earlier !== undefined && JSON.stringify(earlier.root.value) !== JSON.stringify(manifest.root.value))
      earlier.root.tell(
        'warning',
        importCode.conflict,
        `another ${manifest.kind} ${manifest.namespace}/${manifest.name} comes later in the input and replaces this one`,
        '',
        false,
      );
    byName.set(key, manifest);
  }
  return [...byName.values()];
}

/** Kinds that say what there is, and nothing of how calls go. */
const factKinds: Readonly<Record<string, readonly string[]>> = {
  '': [
    'ConfigMap',
    'Endpoints',
    'Namespace',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'Secret',
    'Service',
    'ServiceAccount',
  ],
  apps: ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  autoscaling: ['HorizontalPodAutoscaler'],
  batch: ['CronJob', 'Job'],
  'discovery.k8s.io': ['EndpointSlice'],
  policy: ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
};

const kindsOf: Readonly<Record<string, typeof istioKinds>> = {
  [gatewayGroup]: gatewayApiKinds,
  [istioGroup]: istioKinds,
  [securityGroup]: securityKinds,
  [operatorGroup]: operatorKinds,
};

function isKnown(manifest: Manifest): boolean {
  const { group, version, kind, root } = manifest;
  if (ownEntry(factKinds, group)?.includes(kind)) return true;
  const kinds = ownEntry(kindsOf, group);
  const versions = kinds && ownEntry(kinds, kind);
  if (versions === undefined) {
    const what = `${kind}${group === '' ? '' : ` of ${group}`}`;
    root.get('kind').tell('error', importCode.unknownKind, `objects of the kind ${what} are not imported`, '', false);
    return false;
  }
  if (versions.includes(version)) return true;
  root
    .get('apiVersion')
    .tell('error', importCode.unknownKind, `the version ${version} of ${kind} is not read`, versions.join(', '), false);
  return false;
}

function tellClash({ group, kind, namespace, name, root }: Manifest, names: Names): void {
  const isGateway = kind === 'Gateway' && (group === gatewayGroup || group === istioGroup);
  if (!isGateway && kind !== 'Service' && kind !== 'Deployment') return;
  const other = names.clash(isGateway ? 'gateway' : 'service', namespace, name);
  if (other === undefined) return;
  root
    .get('metadata')
    .get('name')
    .tell('error', importCode.nameClash, `this and ${other} would have the same name in the mesh`, '', false);
}
