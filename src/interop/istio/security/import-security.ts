/** Istio's security API: who may call, how callers prove who they are, and who end users are. */
import type { ImportContext } from '../../context.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { byAge } from '../by-age.ts';
import type { IstioInput } from '../istio-input.ts';
import {
  type AuthorizationPolicy,
  applyAuthorizationPolicy,
  type RuleTarget,
  readAuthorizationPolicy,
} from './authorization-policy.ts';
import { Callers } from './callers.ts';
import { gatewayWorkloads } from './gateway-workloads.ts';
import { importIssuers, tellUnreadTokens } from './import-issuers.ts';
import { type MeshConfig, readMeshConfig } from './mesh-config.ts';
import { importPeerAuthentications } from './peer-authentication.ts';
import { readGuard } from './policy-frame.ts';
import { type PolicyTarget, PolicyTargets } from './policy-targets.ts';
import { anyServicePorts } from './ports.ts';
import { Providers } from './providers.ts';

export const securityGroup = 'security.istio.io';

const versions = ['v1', 'v1beta1'];

/** Versions of the kinds that are read; they differ in nothing that is. */
export const securityKinds: Readonly<Record<string, readonly string[]>> = {
  AuthorizationPolicy: versions,
  PeerAuthentication: versions,
  RequestAuthentication: versions,
};

/** Imports what the manifests have of the security API, into the documents of all services and gateways that are there. */
export function importSecurity(input: IstioInput, istioGroup: string): void {
  const { context } = input;
  const ofKind = (kind: string): Manifest[] =>
    context.manifests.filter((one) => one.group === securityGroup && one.kind === kind).sort(byAge);
  const config = readMeshConfig(context);
  const gateways = gatewayWorkloads(context, istioGroup, config.rootNamespace);
  const targets = new PolicyTargets(input, config.rootNamespace, gateways);
  for (const { draft } of gateways) trustProxies(draft, config);
  importPeerAuthentications(ofKind('PeerAuthentication'), targets, config.rootNamespace, context);
  const lost = importIssuers(ofKind('RequestAuthentication'), targets, context);
  const callers = new Callers(context, config.trustDomains, gateways);
  const providers = new Providers(input, config.providers);
  for (const manifest of ofKind('AuthorizationPolicy')) {
    const policy = readGuard(manifest, () => readAuthorizationPolicy(manifest));
    if (policy === undefined) continue;
    for (const { remark, ...target } of targetsOf(policy, targets, context))
      remark(context.report.during(() => applyAuthorizationPolicy(policy, { ...target, providers, callers })).found);
  }
  tellUnreadTokens(lost);
  keepOutside(context);
}

type RuleReceiver = Pick<RuleTarget, 'access' | 'portsOf' | 'isInside'> & {
  readonly remark: PolicyTarget['draft']['remark'];
};

/** The documents of a policy: the mesh's own, or those of services and gateways. */
function targetsOf(
  policy: AuthorizationPolicy,
  targets: PolicyTargets,
  { mesh, cluster }: ImportContext,
): RuleReceiver[] {
  const { manifest, action, isDryRun } = policy;
  if (targets.levelOf(manifest) === 'mesh') {
    mesh.origin ??= manifest.root;
    const isGuard = action === 'deny' || action === 'custom';
    const portsOf = anyServicePorts(cluster, isGuard);
    return [{ access: mesh.access, portsOf, isInside: true, remark: (found) => mesh.remark(found) }];
  }
  return targets.of(manifest, action !== 'audit' && !isDryRun).map((target) => {
    if (!target.isWhole) tellPart(target, policy);
    const { access, portsOf, isService: isInside } = target;
    return { access, portsOf, isInside, remark: (found) => target.draft.remark(found) };
  });
}

/** Access is one for all versions. What refuses may refuse more; what allows would let in callers of the other versions. */
function tellPart({ draft }: PolicyTarget, { manifest, action }: AuthorizationPolicy): void {
  const where = manifest.spec.get('selector');
  const message = `the policy is about some of the workloads of ${draft.service}, and a service has one access for all its versions`;
  if (action === 'allow') where.opens(message, 'labels that all of its workloads have');
  else where.refuse(message, 'labels that all of its workloads have');
}

/** Of the addresses that proxies before a gateway append, so many are believed. */
function trustProxies({ settings }: PolicyTarget['draft'], { trustedProxies }: MeshConfig): void {
  if (trustedProxies > 0) settings.public = { ...settings.public, clientAddress: { trustedProxies } };
}

/** Policies are for who is called inside of the mesh; a service that stands for an outside host is none of these. */
function keepOutside({ mesh, drafts }: ImportContext): void {
  if (mesh.access.access() === undefined && mesh.access.authentication() === undefined) return;
  for (const { settings, access } of drafts.values()) if (settings.egress !== undefined) access.inherits = false;
}
