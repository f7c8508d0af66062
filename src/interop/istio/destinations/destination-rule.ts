/** DestinationRules: subsets become versions, policies the balancing of a document. */
import type { ImportContext } from '../../context.ts';
import type { Draft } from '../../documents/draft.ts';
import { importCode } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { type IstioInput, subsetWorker } from '../istio-input.ts';
import { readVisibility } from '../visibility.ts';
import { isKnownHost, type KnownHost } from './host.ts';
import { serviceOf } from './hosts.ts';
import type { Subset } from './subset.ts';
import { convertTrafficPolicy } from './traffic-policy.ts';

/** Reads the rules of all hosts, older ones first: of what two say about the same, the first counts. */
export function importDestinationRules(rules: readonly Manifest[], input: IstioInput): void {
  for (const rule of rules) {
    const { value: draft, found } = input.context.report.during(() => importRule(rule, input));
    draft?.remark(found);
  }
}

function importRule(rule: Manifest, input: IstioInput): Draft | undefined {
  const { root, spec, namespace } = rule;
  root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.only(['host', 'trafficPolicy', 'subsets', 'exportTo'], {
    workloadSelector: 'a rule of the mesh is for every caller of the service',
  });
  readVisibility(spec.get('exportTo'));
  const where = spec.get('host');
  const text = where.text();
  if (text === undefined) {
    where.wrong('a host');
    return undefined;
  }
  const host = input.hosts.resolve(text, namespace);
  if (host.kind === 'wildcard' && isAboutTls(spec)) {
    spec.get('trafficPolicy').get('tls').pointless('services of the mesh are called by service bindings');
    return undefined;
  }
  if (!isKnownHost(host)) {
    where.refuse(
      host.kind === 'wildcard'
        ? 'a rule is for one service'
        : `the input has no Service and no ServiceEntry for ${text}`,
    );
    return undefined;
  }
  const draft = input.draftOf(host, root);
  const service = serviceOf(host, input.context);
  const policy = spec.get('trafficPolicy');
  if (policy.present && (draft.settings.balance !== undefined || draft.settings.outlier !== undefined))
    policy.tell('error', importCode.conflict, 'an older DestinationRule has a policy for this host', '', true);
  else if (policy.present) {
    Object.assign(draft.settings, convertTrafficPolicy(policy, hasLocalities(host)));
    readTls(policy, host, service, input);
  }
  for (const item of spec.get('subsets').items()) readSubset(item, host, service, input);
  return draft;
}

/** Whether a rule says nothing but how TLS is done. */
function isAboutTls(spec: Located): boolean {
  const fields = spec.get('trafficPolicy').entries();
  return fields.length === 1 && fields[0]?.[0] === 'tls' && !spec.get('subsets').present;
}

function hasLocalities(host: KnownHost): boolean {
  return (
    host.kind === 'external' &&
    host.entry.spec
      .get('endpoints')
      .items()
      .some((one) => one.get('locality').present)
  );
}

function readSubset(item: Located, host: KnownHost, service: string, input: IstioInput): void {
  item.only(['name', 'labels', 'trafficPolicy']);
  const name = item.get('name').text();
  if (name === undefined) {
    item.get('name').wrong('a name');
    return;
  }
  const subsets = input.subsetsOf(service);
  if (subsets.has(name)) {
    item.tell(
      'error',
      importCode.conflict,
      `another DestinationRule declares the subset ${JSON.stringify(name)} too`,
      '',
      false,
    );
    return;
  }
  const labels = item.get('labels').texts();
  const policy = item.get('trafficPolicy');
  const settings = policy.present ? convertTrafficPolicy(policy, hasLocalities(host)) : {};
  policy.get('tls').pointless('services of the mesh are called by service bindings');
  if (policy.get('portLevelSettings').present)
    policy.get('portLevelSettings').refuse('a version has one policy for all ports');
  const subset: Subset = { labels, workers: workersOf(host, name, labels, input.context), settings, origin: item };
  subsets.set(name, subset);
}

/** Those that have the labels, where the input has them; else one that is named by the service and the version. */
function workersOf(host: KnownHost, subset: string, labels: Subset['labels'], context: ImportContext): string[] {
  if (host.kind !== 'service') return [];
  const { namespace, name } = host;
  const given = context.workers[`${context.names.of('service', namespace, name)}:${subset}`];
  const workloads = given === undefined ? context.cluster.workloadsOf(namespace, name, labels) : [];
  return workloads.length === 0
    ? [subsetWorker(context, namespace, name, subset, labels.version ?? subset)]
    : workloads.map((one) => context.names.of('service', namespace, one));
}

/** Inside the mesh there is no TLS to be configured; toward the outside it decides whether a port is called by https. */
function readTls(policy: Located, host: KnownHost, service: string, input: IstioInput): void {
  const origination = input.tlsOf(service);
  const tls = policy.get('tls');
  if (host.kind !== 'external') tls.pointless('services of the mesh are called by service bindings');
  else if (isTls(tls)) origination.everywhere = true;
  for (const item of policy.get('portLevelSettings').items()) {
    item.only(['port', 'tls'], {
      loadBalancer: 'a version has one policy for all ports',
      connectionPool: 'a version has one policy for all ports',
      outlierDetection: 'a version has one policy for all ports',
    });
    const port = item.get('port').only(['number']).get('number').number();
    if (host.kind !== 'external') item.get('tls').pointless('services of the mesh are called by service bindings');
    else if (isTls(item.get('tls')) && port !== undefined) origination.ports.add(port);
  }
}

function isTls(tls: Located): boolean {
  if (!tls.present) return false;
  const kept = ['mode', 'sni', 'caCertificates', 'insecureSkipVerify'];
  tls.only([...kept, 'subjectAltNames', 'credentialName', 'clientCertificate', 'privateKey', 'caCrl']);
  const mode = tls.get('mode').text() ?? 'DISABLE';
  if (mode === 'DISABLE') return false;
  if (mode !== 'SIMPLE')
    tls
      .get('mode')
      .refuse(`a certificate of one's own is a binding: versions.*.mtls, and not mode ${mode}`, 'SIMPLE or DISABLE');
  tls.get('sni').pointless('the name of the server is that of the URL');
  for (const name of ['caCertificates', 'insecureSkipVerify', 'subjectAltNames', 'caCrl']) {
    if (tls.get(name).present) tls.get(name).refuse('certificates of servers are judged by Cloudflare');
  }
  return true;
}
