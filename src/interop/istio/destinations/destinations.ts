/** Where Istio sends calls: subsets of services, services, and hosts outside of the mesh, as versions and services of a document. */
import type { Backend, BackendTarget, Filter } from '../../documents/document-types.ts';
import { choiceHeader, choiceOf, type Draft } from '../../documents/draft.ts';
import type { Located } from '../../manifests/located.ts';
import { madeFrom } from '../../manifests/origin.ts';
import { flat } from '../../names.ts';
import type { IstioInput } from '../istio-input.ts';
import { convertHeaders } from '../routes/header-changes.ts';
import { declareVersion } from './declare.ts';
import { isKnownHost, type KnownHost } from './host.ts';
import { serviceOf } from './hosts.ts';

export interface Destination {
  readonly target: BackendTarget;
  /** For the calls that go there. */
  readonly filters: readonly Filter[];
}

const destinationFields = ['host', 'subset', 'port'];

/** Resolves destinations of routes that stand in the document of one service or gateway. */
export class Destinations {
  constructor(
    private readonly draft: Draft,
    /** What the document is about; a gateway is no service. */
    private readonly own: KnownHost | undefined,
    private readonly namespace: string,
    private readonly input: IstioInput,
  ) {}

  /** HTTPRouteDestinations; a single one needs no weight, and of several one without a weight gets nothing. */
  backends(list: Located, keepsAuthority: boolean): Backend[] {
    const items = list.items();
    let sum = 0;
    const backends = items.map((item): Backend => {
      item.only(['destination', 'weight', 'headers']);
      const { target, filters } = this.resolve(item.get('destination'));
      const { filters: changes, authority } = convertHeaders(item.get('headers'));
      const weight = item.get('weight').number() ?? 0;
      sum += weight;
      const rewrite: Filter[] =
        authority === undefined || keepsAuthority ? [] : [{ type: 'URLRewrite', urlRewrite: { hostname: authority } }];
      const all = mergeRequestHeaders([...filters, ...changes, ...rewrite]);
      return madeFrom(item, {
        ...target,
        ...(items.length === 1 ? {} : { weight }),
        ...(all.length === 0 ? {} : { filters: all }),
      });
    });
    if (items.length > 1 && sum === 0) list.wrong('a destination with a weight above 0');
    return backends;
  }

  /** A mirror has no filters of its own, so that it cannot ask another service for a subset. */
  mirror(destination: Located): BackendTarget | undefined {
    const { target, filters } = this.resolve(destination);
    if (filters.length === 0) return target;
    destination.get('subset').refuse('a copy goes to another service, which chooses its version itself');
    return undefined;
  }

  private resolve(destination: Located): Destination {
    destination.only(destinationFields);
    const where = destination.get('host');
    const text = where.text();
    if (text === undefined) {
      where.wrong('a host');
      return nowhere('nothing');
    }
    const host = this.input.hosts.resolve(text, this.namespace);
    const subset = destination.get('subset').text() || undefined;
    const port = destination.get('port').only(['number']).get('number').number();
    if (!isKnownHost(host) || !this.isThere(host)) {
      where.unresolved(`the input has no Service and no ServiceEntry for ${text}; calls that go there get a 500`);
      return nowhere(text);
    }
    const service = serviceOf(host, this.input.context);
    if (this.own !== undefined && service === this.draft.service)
      return {
        target: { version: declareVersion(this.draft, host, subset, port, destination, this.input) },
        filters: [],
      };
    const isChoice = subset !== undefined || (port !== undefined && host.kind === 'external');
    return { target: { service }, filters: isChoice ? this.ask(host, service, subset, port, destination) : [] };
  }

  private isThere(host: KnownHost): boolean {
    if (host.kind !== 'service') return true;
    const { cluster } = this.input.context;
    return cluster.service(host.namespace, host.name) !== undefined || !cluster.knowsServicesOf(host.namespace);
  }

  /** Has the other service's document choose the version for calls that come from here and say so. */
  private ask(
    host: KnownHost,
    service: string,
    subset: string | undefined,
    port: number | undefined,
    where: Located,
  ): Filter[] {
    const draft = this.input.draftOf(host, where);
    const version = declareVersion(draft, host, subset, port, where, this.input);
    draft.choose(version, this.draft.service, where);
    const value = choiceOf(service, version);
    return [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: choiceHeader, value }] } }];
  }
}

function nowhere(name: string): Destination {
  return { target: { service: flat(`unresolved-${name}`) }, filters: [] };
}

/** One filter of each type: the subset's header joins the others. */
function mergeRequestHeaders(filters: readonly Filter[]): Filter[] {
  const [first, ...others] = filters.filter(({ type }) => type === 'RequestHeaderModifier');
  const rest = filters.filter(({ type }) => type !== 'RequestHeaderModifier');
  if (first === undefined) return rest;
  const changes = [first, ...others].map(({ requestHeaderModifier = {} }) => requestHeaderModifier);
  const set = changes.flatMap((change) => change.set ?? []);
  const add = changes.flatMap((change) => change.add ?? []);
  const remove = changes.flatMap((change) => change.remove ?? []);
  return [
    {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: {
        ...(set.length === 0 ? {} : { set }),
        ...(add.length === 0 ? {} : { add }),
        ...(remove.length === 0 ? {} : { remove }),
      },
    },
    ...rest,
  ];
}
