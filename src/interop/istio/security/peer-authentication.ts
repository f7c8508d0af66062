/** PeerAuthentication: whether a caller must have proven who it is. */
import { conditionPort } from '../../../core/access/condition-key.ts';
import type { ImportContext } from '../../context.ts';
import type { AccessDraft } from '../../documents/access-draft.ts';
import type { Cluster } from '../../manifests/cluster.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { effectiveMode, type MtlsMode, type PeerPolicy, readMode } from './mtls-mode.ts';
import { readFrame, readGuard } from './policy-frame.ts';
import { type PolicyTarget, type PolicyTargets, selectorOf } from './policy-targets.ts';
import { targetsOf } from './ports.ts';

interface ReadPolicy extends PeerPolicy {
  readonly manifest: Manifest;
}

/** Imports PeerAuthentications, the older ones first. */
export function importPeerAuthentications(
  manifests: readonly Manifest[],
  targets: PolicyTargets,
  rootNamespace: string,
  context: ImportContext,
): void {
  const { mesh } = context;
  const policies = manifests.flatMap(
    (manifest) => readGuard(manifest, () => readPeerAuthentication(manifest, targets, rootNamespace)) ?? [],
  );
  const wide = policies.filter(({ level }) => level === 'mesh');
  const [first] = wide;
  if (first !== undefined) {
    mesh.origin ??= first.manifest.root;
    const { value, found } = context.report.during(() => wordOf(effectiveMode(wide).mode, first.manifest.spec));
    mesh.access.mode = value;
    mesh.remark(found);
  }
  const about = new Map<AccessDraft, { readonly target: PolicyTarget; readonly policies: ReadPolicy[] }>();
  for (const policy of policies.filter(({ level }) => level !== 'mesh')) {
    for (const target of targets.of(policy.manifest, policy.mode === 'STRICT')) {
      // A gateway's listeners say themselves how they are called.
      if (!target.isService) continue;
      const known = about.get(target.access) ?? { target, policies: [] };
      known.policies.push(policy);
      about.set(target.access, known);
    }
  }
  for (const { target, policies: narrow } of about.values()) {
    const { value, found } = context.report.during(() => modeOf(target, [...wide, ...narrow], context.cluster));
    target.access.mode = value;
    target.draft.remark(found);
  }
  // Where the mesh is strict, its gateways are called from outside all the same.
  if (mesh.access.mode === 'strict') for (const { draft } of targets.allGateways()) draft.access.mode = 'permissive';
}

/** Reads one; `undefined` for one that Istio ignores, which is told. */
export function readPeerAuthentication(
  manifest: Manifest,
  targets: Pick<PolicyTargets, 'levelOf'>,
  rootNamespace: string,
): ReadPolicy | undefined {
  const { spec, namespace } = manifest;
  readFrame(manifest, ['mtls', 'portLevelMtls']);
  const mode = readMode(spec.get('mtls'));
  const ports = readPorts(spec.get('portLevelMtls'));
  const hasSelector = selectorOf(manifest) !== undefined;
  if (hasSelector && namespace === rootNamespace) {
    spec.get('selector').pointless('Istio ignores a PeerAuthentication of the root namespace that has a selector');
    return undefined;
  }
  if (!hasSelector) spec.get('portLevelMtls').pointless('modes of ports count beside a selector only');
  return { manifest, level: targets.levelOf(manifest), mode, ports };
}

function readPorts(field: Located): Map<number, MtlsMode | undefined> {
  return new Map(
    field.entries().flatMap(([name, mtls]) => {
      const port = conditionPort(name);
      if (port === undefined) mtls.wrong('a port from 1 to 65535');
      return port === undefined ? [] : [[port, readMode(mtls)] as const];
    }),
  );
}

const strictness: readonly MtlsMode[] = ['DISABLE', 'PERMISSIVE', 'STRICT'];

/** The mode of a document: of all ports of all workloads that it is about. */
function modeOf(
  { service, isWhole }: PolicyTarget,
  policies: readonly ReadPolicy[],
  cluster: Cluster,
): 'strict' | 'permissive' {
  const last = policies.at(-1) as ReadPolicy;
  const { mode, ports } = effectiveMode(policies);
  const called = service?.ports.flatMap((port) => targetsOf(port, service, cluster)) ?? [];
  const own = called.length > 0 ? called.map((port) => ports.get(port) ?? mode) : [mode, ...ports.values()];
  // The workloads that the policy is not about have the mode of the wider ones.
  const others = isWhole ? [] : [effectiveMode(policies.filter(({ level }) => level !== 'workload')).mode];
  const modes = [...own, ...others];
  const strictest = modes.reduce((one, other) => (strictness.indexOf(one) < strictness.indexOf(other) ? other : one));
  if (modes.includes('STRICT') && modes.some((one) => one !== 'STRICT'))
    (policies.find(({ level, ports: said }) => (isWhole ? said.size > 0 : level === 'workload')) ?? last).manifest.spec
      .get(isWhole ? 'portLevelMtls' : 'selector')
      .refuse('a service has one mode for all its ports and versions; the strict one counts');
  return wordOf(strictest, last.manifest.spec);
}

function wordOf(mode: MtlsMode, spec: Located): 'strict' | 'permissive' {
  if (mode === 'DISABLE')
    spec.get('mtls').get('mode').pointless('a caller inside of the mesh is always known, by its binding: permissive');
  return mode === 'STRICT' ? 'strict' : 'permissive';
}
