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
  const policies = ofKind('AuthorizationPolicy').flatMap((manifest) => {
    const policy = readGuard(manifest, () => readAuthorizationPolicy(manifest));
    return policy === undefined ? [] : [{ policy, receivers: targetsOf(policy, targets, context) }];
  });
  tellWidened(policies, context);
  for (const { policy, receivers } of policies) {
    for (const { remark, isHeeded: _, ...target } of receivers)
      remark(context.report.during(() => applyAuthorizationPolicy(policy, { ...target, providers, callers })).found);
  }
  tellUnreadTokens(lost);
  keepOutside(context);
}

type RuleReceiver = Pick<RuleTarget, 'access' | 'portsOf' | 'isInside'> & {
  readonly isHeeded: boolean;
  readonly remark: PolicyTarget['draft']['remark'];
};

/** The documents of a policy: the mesh's own, or those of services and gateways. */
function targetsOf(
  policy: AuthorizationPolicy,
  targets: PolicyTargets,
  { mesh, cluster }: ImportContext,
): RuleReceiver[] {
  const { manifest, action, isDryRun } = policy;
  const isGuard = action === 'deny' || action === 'custom';
  if (targets.levelOf(manifest) === 'mesh') {
    mesh.origin ??= manifest.root;
    const portsOf = anyServicePorts(cluster, isGuard);
    return [{ access: mesh.access, portsOf, isInside: true, isHeeded: true, remark: (found) => mesh.remark(found) }];
  }
  return targets.of(manifest, action !== 'audit' && !isDryRun).map((target) => {
    if (!target.isWhole) tellPart(target, policy);
    const { access, portsOf, isService: isInside, isHeeded } = target;
    return { access, portsOf, isInside, isHeeded, remark: (found) => target.draft.remark(found) };
  });
}

/**
 * Rules that allow let in whom one of them fits. One that Istio does not heed lets in more here than the others beside it do there; alone it
 * lets in less.
 */
function tellWidened(
  policies: readonly { readonly policy: AuthorizationPolicy; readonly receivers: readonly RuleReceiver[] }[],
  { mesh }: ImportContext,
): void {
  const allowing = policies.filter(({ policy: { action, isDryRun } }) => action === 'allow' && !isDryRun);
  const heeded = allowing.flatMap(({ receivers }) => receivers.filter(({ isHeeded }) => isHeeded));
  const limited = new Set(heeded.map(({ access }) => access));
  for (const { policy, receivers } of allowing)
    if (receivers.some(({ access, isHeeded }) => !isHeeded && (limited.has(access) || limited.has(mesh.access))))
      policy.manifest.spec.opens(
        'Istio heeds a policy for a Service at its waypoint only, and others say whom this one lets in',
        'the label istio.io/use-waypoint on the Service or its Namespace, or a selector in the place of the reference',
      );
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
