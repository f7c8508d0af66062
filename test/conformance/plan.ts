/** What a case needs to run: edges with their documents, and the backends that the documents name. */
export interface Plan {
  readonly edges: readonly PlannedEdge[];
  /** What a document cannot say yet, in one line each; empty where everything was carried over. */
  readonly unsupported: readonly string[];
}

export interface PlannedEdge {
  /** What probes dial: `gateway NAMESPACE/NAME:PORT`, or `service NAMESPACE/NAME:PORT`. */
  readonly address: string;
  readonly service: string;
  readonly document: PlannedDocument;
  /** Backend names (`NAMESPACE/NAME`) of the Workers that the document names and that exist. */
  readonly backends: Readonly<Record<string, string>>;
  /** Hosts that lead to the public door; empty for the edge of a mesh service. */
  readonly hosts: readonly string[];
}

/** A service document as the translator writes it; the edge under test is the judge of its form. */
export interface PlannedDocument {
  readonly service: string;
  readonly versions: Readonly<Record<string, { readonly worker: string }>>;
  readonly routes: readonly Readonly<Record<string, unknown>>[];
}

export function gatewayAddress(gateway: string, port: number): string {
  return `gateway ${gateway}:${port}`;
}

export function serviceAddress(service: string, port: number): string {
  return `service ${service}:${port}`;
}
