/** Callers as Istio names them, by service account and namespace, in the words of the mesh: its own services, and ids of other meshes. */
import { globPattern, textPattern } from '../../../core/matching/text-match.ts';
import type { ImportContext } from '../../context.ts';
import type { Cluster } from '../../manifests/cluster.ts';
import type { Located } from '../../manifests/located.ts';
import type { GatewayWorkload } from './gateway-workloads.ts';
import { usualTrustDomain } from './mesh-config.ts';

interface Account {
  readonly namespace: string;
  readonly name: string;
}

export class Callers {
  private readonly cluster: Cluster;
  private known: readonly Account[] | undefined;

  constructor(
    private readonly context: ImportContext,
    /** Trust domains that mean this mesh. */
    private readonly trustDomains: readonly string[],
    private readonly gateways: readonly GatewayWorkload[],
  ) {
    this.cluster = context.cluster;
  }

  /** Services and gateways that run as an account: by what their workloads say, else the service that is named like it. */
  runningAs(account: Account): string[] {
    const { namespace, name } = account;
    const gateways = this.gateways.filter((one) => one.namespace === namespace && one.accounts.includes(name));
    return unique([...this.servicesAs(account), ...gateways.map(({ draft }) => draft.service)]);
  }

  private servicesAs({ namespace, name }: Account): string[] {
    const pods = this.cluster.workloadsIn(namespace).filter(({ account }) => account === name);
    if (pods.length > 0) {
      const behind = this.cluster
        .servicesIn(namespace)
        .filter((service) => this.cluster.podsOf(service).some((pod) => pods.includes(pod)));
      return this.namesOf(namespace, [...behind, ...pods]);
    }
    if (!this.cluster.hasCaller(namespace, name)) return [];
    const service = this.cluster.service(namespace, name);
    const own = [
      ...(service === undefined ? [] : this.cluster.podsOf(service)),
      ...this.cluster.workloadsIn(namespace).filter((pod) => pod.name === name),
    ];
    return own.some(({ account }) => account !== undefined) ? [] : this.namesOf(namespace, [{ name }]);
  }

  /**
   * A rule names trust domains. Istio's own, where no configuration says which it is, means this mesh from here on: its services have
   * another one, and the rule is about them too.
   */
  nameTrustDomain(pattern: string, where: Located): void {
    const { mesh } = this.context;
    const fits = globPattern(pattern);
    if (mesh.settings.trustDomain !== undefined || pattern === '*' || !this.trustDomains.some(fits)) return;
    mesh.origin ??= where;
    mesh.settings.trustDomainAliases ??= [...this.trustDomains];
  }

  /** In a whole principal `cluster.local` is a word for the mesh's own trust domain, also where that has another name. */
  inOwnWords(principal: string): string {
    const [domain = '', ...rest] = principal.split('/');
    const [own = ''] = this.trustDomains;
    return domain === usualTrustDomain && rest.length === 4 && !this.trustDomains.includes(domain)
      ? [own, ...rest].join('/')
      : principal;
  }

  /** Whether an id of this mesh can fit a pattern of principals. */
  isOfThisMesh(pattern: string): boolean {
    if (pattern.startsWith('*')) return true;
    const start = pattern.replace(/\*$/, '');
    return this.trustDomains.some((domain) => start.startsWith(`${domain}/`) || `${domain}/`.startsWith(start));
  }

  /** Services whose id in Istio fits a pattern of principals. */
  withPrincipal(pattern: string): string[] {
    const exact = /^([^/*]+)\/ns\/([^/*]+)\/sa\/([^/*]+)$/.exec(pattern);
    if (exact !== null) {
      const [, domain = '', namespace = '', name = ''] = exact;
      return this.trustDomains.includes(domain) ? this.runningAs({ namespace, name }) : [];
    }
    const fits = textPattern(pattern);
    const fitting = this.accounts().filter(({ namespace, name }) =>
      this.trustDomains.some((domain) => fits(`${domain}/ns/${namespace}/sa/${name}`)),
    );
    return unique(fitting.flatMap((account) => this.runningAs(account)));
  }

  /** Services of the namespaces that fit a pattern. */
  inNamespace(pattern: string): string[] {
    const fits = globPattern(pattern);
    const fitting = this.cluster.inhabitedNamespaces().filter((namespace) => fits(namespace));
    const gateways = this.gateways.filter(({ namespace }) => fits(namespace));
    return unique([
      ...fitting.flatMap((namespace) => this.cluster.callersOf(namespace)),
      ...gateways.map(({ draft }) => draft.service),
    ]);
  }

  /** Every account that the input tells of; read once, for however many patterns. */
  private accounts(): readonly Account[] {
    this.known ??= this.readAccounts();
    return this.known;
  }

  private readAccounts(): Account[] {
    const told = this.cluster
      .workloadsIn()
      .flatMap(({ namespace, account }) => (account === undefined ? [] : [{ namespace, name: account }]));
    const named = this.cluster
      .inhabitedNamespaces()
      .flatMap((namespace) => this.cluster.callerNames(namespace).map((name) => ({ namespace, name })));
    const proxies = this.gateways.flatMap(({ namespace, accounts }) => accounts.map((name) => ({ namespace, name })));
    return [...new Map([...told, ...named, ...proxies].map((one) => [`${one.namespace}/${one.name}`, one])).values()];
  }

  private namesOf(namespace: string, found: readonly { readonly name: string }[]): string[] {
    return unique(found.map(({ name }) => this.context.names.of('service', namespace, name)));
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
