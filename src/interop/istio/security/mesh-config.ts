/** Istio's own configuration (MeshConfig), as an IstioOperator or the ConfigMap of an installed mesh holds it. */
import { parseYamlTrees } from '../../../model/reading/yaml-tree.ts';
import type { ImportContext } from '../../context.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';

export const operatorGroup = 'install.istio.io';

export const operatorKinds: Readonly<Record<string, readonly string[]>> = { IstioOperator: ['v1alpha1'] };

export interface MeshConfig {
  readonly rootNamespace: string;
  /** The mesh's own trust domain first, then those that mean the same. */
  readonly trustDomains: readonly string[];
  readonly trustedProxies: number;
  /** External authorisers by name. */
  readonly providers: ReadonlyMap<string, Located>;
}

/** What Istio's own installation has where nothing says otherwise. */
export const usualTrustDomain = 'cluster.local';
const usualRootNamespace = 'istio-system';

/** Reads the configurations of the input, of which the first that says something counts. */
export function readMeshConfig(context: ImportContext): MeshConfig {
  const configs = context.manifests.flatMap(configsOf);
  for (const config of configs) readSettings(config, context);
  const first = <T>(read: (config: Located) => T | undefined): T | undefined =>
    configs.map(read).find((value) => value !== undefined);
  const aliases = first((config) => listOf(config.get('trustDomainAliases'))) ?? [];
  const providers = configs.flatMap((config) => config.get('extensionProviders').items());
  // Those for authorisation are read where a policy names them.
  for (const item of providers)
    if (!item.get('envoyExtAuthzHttp').present && !item.get('envoyExtAuthzGrpc').present)
      item.pointless('of providers, external authorisers are imported');
  return {
    rootNamespace:
      context.rootNamespace ?? first((config) => config.get('rootNamespace').text() || undefined) ?? usualRootNamespace,
    trustDomains: [first((config) => config.get('trustDomain').text() || undefined) ?? usualTrustDomain, ...aliases],
    trustedProxies:
      first((config) => config.get('defaultConfig').get('gatewayTopology').get('numTrustedProxies').number()) ?? 0,
    providers: new Map(providers.map((item) => [item.get('name').text() ?? '', item])),
  };
}

function configsOf({ group, kind, name, root, spec }: Manifest): Located[] {
  if (group === operatorGroup && kind === 'IstioOperator') {
    root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    for (const [field, value] of spec.entries())
      if (field !== 'meshConfig') value.pointless('how Istio is installed has no counterpart');
    return spec.get('meshConfig').present ? [spec.get('meshConfig')] : [];
  }
  const text = group === '' && kind === 'ConfigMap' && name === 'istio' ? root.get('data').get('mesh') : undefined;
  return text === undefined ? [] : parsedWithin(text);
}

/** YAML that stands as text in an object. */
function parsedWithin(text: Located): Located[] {
  const content = text.text();
  if (content === undefined) return [];
  return parseYamlTrees(content).flatMap((parsed) => {
    if (parsed.ok) return [text.within(content, parsed.tree)];
    text.wrong(`YAML: ${parsed.message}`);
    return [];
  });
}

const normalizations = {
  DEFAULT: 'base',
  BASE: 'base',
  NONE: 'none',
  MERGE_SLASHES: 'merge-slashes',
  DECODE_AND_MERGE_SLASHES: 'decode-and-merge-slashes',
} as const;

/** What of a configuration becomes a part of the mesh document; what changes nothing of who may call is named. */
function readSettings(config: Located, { mesh }: ImportContext): void {
  mesh.origin ??= config;
  for (const [field, value] of config.entries())
    if (!readFields.has(field)) value.pointless('this part of the configuration of Istio is not imported');
  const topology = config.get('defaultConfig');
  for (const [field, value] of topology.entries())
    if (field !== 'gatewayTopology') value.pointless('how proxies of Istio run has no counterpart');
  topology.get('gatewayTopology').only(['numTrustedProxies'], {
    forwardClientCertDetails: 'an edge makes X-Forwarded-Client-Cert itself',
    proxyProtocol: 'connections of a Worker end at Cloudflare',
  });
  const trustDomain = config.get('trustDomain').text();
  const aliases = listOf(config.get('trustDomainAliases'));
  if (trustDomain) mesh.settings.trustDomain ??= trustDomain;
  if (aliases !== undefined && aliases.length > 0) mesh.settings.trustDomainAliases ??= aliases;
  const mode = config
    .get('pathNormalization')
    .only(['normalization'])
    .get('normalization')
    .word(Object.keys(normalizations)) as keyof typeof normalizations | undefined;
  mesh.normalization ??= mode === undefined ? undefined : normalizations[mode];
}

const readFields: ReadonlySet<string> = new Set([
  'rootNamespace',
  'trustDomain',
  'trustDomainAliases',
  'pathNormalization',
  'extensionProviders',
  'defaultConfig',
]);

function listOf(field: Located): string[] | undefined {
  return field.present ? field.items().flatMap((item) => item.text() ?? []) : undefined;
}
