/** What Istio's objects say of hosts: their subsets, and the documents that stand for them. */
import type { ImportContext } from '../context.ts';
import { Draft } from '../documents/draft.ts';
import type { Located } from '../manifests/located.ts';
import type { KnownHost } from './destinations/host.ts';
import { type Hosts, serviceOf } from './destinations/hosts.ts';
import type { Subset } from './destinations/subset.ts';

/** Whether calls to a host outside of the mesh are made by TLS although its port says HTTP; by the port, or for all. */
export interface TlsOrigination {
  everywhere: boolean;
  readonly ports: Set<number>;
}

export class IstioInput {
  /** By the name of the service. */
  private readonly subsets = new Map<string, Map<string, Subset>>();
  private readonly tls = new Map<string, TlsOrigination>();

  constructor(
    readonly hosts: Hosts,
    readonly context: ImportContext,
  ) {}

  /** The subsets of a service, to which rules add theirs. */
  subsetsOf(service: string): Map<string, Subset> {
    const known = this.subsets.get(service) ?? new Map<string, Subset>();
    this.subsets.set(service, known);
    return known;
  }

  /** Where calls to a host begin TLS, to which rules add theirs. */
  tlsOf(service: string): TlsOrigination {
    const known = this.tls.get(service) ?? { everywhere: false, ports: new Set<number>() };
    this.tls.set(service, known);
    return known;
  }

  /** The document of what a host leads to; made where there is none yet. */
  draftOf(host: KnownHost, origin: Located): Draft {
    const service = serviceOf(host, this.context);
    const draft = this.context.drafts.get(service) ?? new Draft(service, origin, host);
    this.context.drafts.set(service, draft);
    return draft;
  }

  /** The Workers of all subsets: what the whole service is where nothing else tells. */
  partsOf(service: string): string[] {
    return [...new Set([...this.subsetsOf(service).values()].flatMap(({ workers }) => workers))];
  }
}

export function tellUnknownSubset(destination: Located, subset: string, name: string): void {
  destination
    .get('subset')
    .refuse(`no DestinationRule of the input declares the subset ${JSON.stringify(subset)} of ${name}`);
}

/** The Worker of a subset: the one that somebody names, or by convention the service's name with the version's. */
export function subsetWorker(
  { names, workers }: ImportContext,
  namespace: string,
  name: string,
  subset: string,
  version: string,
): string {
  return (
    workers[`${names.of('service', namespace, name)}:${subset}`] ?? names.of('service', namespace, `${name}-${version}`)
  );
}
