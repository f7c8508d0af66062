import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A case from Istio's tests or samples; the folder's own README says what each field means. */
export interface IstioCase {
  readonly name: string;
  /** Name of its file, without `.json`: unique, unlike `name`. */
  readonly id: string;
  readonly notes?: string | null;
  /** YAML texts, one resource each. */
  readonly manifests?: readonly string[];
  readonly world?: {
    readonly namespace?: string;
    /** Names, or names with their versions. */
    readonly services: readonly string[] | Readonly<Record<string, readonly string[]>>;
  };
  /** Istio's mesh configuration. */
  readonly mesh?: { readonly numTrustedProxies?: number };
  readonly requests?: readonly IstioRequest[];
  /** Rows of a table file. */
  readonly cases?: readonly RetryRow[];
}

export interface IstioRequest {
  readonly name?: string;
  readonly via?: string;
  readonly from?: { readonly locality?: string };
  readonly protocol: 'http' | 'grpc';
  /** What the client speaks to a gateway; HTTP/1.1 by default. */
  readonly downstreamProtocol?: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** A name in `world.ports`, or a number. */
  readonly port?: string | number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly count?: number;
  readonly followRedirects?: boolean;
  readonly expect: IstioExpectation;
}

export interface IstioExpectation {
  readonly status?: number;
  readonly grpcStatus?: string;
  /** Service and version that answer. */
  readonly service?: string;
  readonly subset?: string;
  /** Of the answers that `subset` is said of; all of them by default. */
  readonly percent?: number;
  /** `false`: no backend may see the request. */
  readonly reachesUpstream?: boolean;
  readonly upstreamHeaders?: Readonly<Record<string, string>>;
  readonly upstreamHost?: string;
  readonly upstreamPath?: string;
  readonly upstreamProtocol?: string;
  /** An empty value means that the header is absent. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Answers by service, with how many more or less of each will do. */
  readonly distribution?: Readonly<Record<string, number>>;
  readonly toleranceAbsolute?: number;
  /** Answers in percent by service, or by version, with how many points more or less of each will do. */
  readonly distributionPercent?: Readonly<Record<string, number>>;
  readonly suggestedTolerancePercent?: number;
  /** Requests that a service has seen. */
  readonly received?: Readonly<Record<string, number>>;
  /** Copies in percent of the requests that were sent, by service. */
  readonly mirrorPercent?: Readonly<Record<string, number>>;
  readonly tolerancePercent?: number;
  readonly uniqueBackends?: number;
  readonly minUniqueBackends?: number;
  readonly xffEntries?: number;
  readonly xffIndex1?: string;
  readonly minLatencyMs?: number;
  readonly maxAddedLatencyMs?: number;
  readonly approxLatencyMs?: number;
  readonly bodyContains?: string;
  readonly bodyContains2?: string;
}

/** A row of the table of retry policies: what a VirtualService says, and what becomes of it. */
export interface RetryRow {
  readonly name: string;
  readonly retries: Readonly<Record<string, unknown>> | null;
  readonly expect: Readonly<Record<string, unknown>> | null;
}

/** Reads one folder of Istio's cases; `undefined` where there is none. */
export function readIstioCases(folder: string, group: 'traffic' | 'bookinfo'): readonly IstioCase[] | undefined {
  const root = join(folder, 'istio', group);
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      ...(JSON.parse(readFileSync(join(root, name), 'utf8')) as IstioCase),
      id: name.replace(/\.json$/, ''),
    }));
}
