import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test of the Gateway API's conformance suite as data; the folder's own README says what each field means. */
export interface ConformanceCase {
  readonly name: string;
  readonly profile: 'GATEWAY-HTTP' | 'MESH-HTTP';
  readonly features: readonly string[];
  readonly manifest: string;
  readonly gatewayManifest?: string;
  readonly supportManifest?: string;
  readonly requests: readonly Probe[];
}

export interface Probe {
  readonly name: string;
  readonly request: ProbeRequest;
  readonly expect: Expectation;
  readonly repeat?: { readonly times: number };
  /** What happens to the cluster before this request. */
  readonly before?: string;
  readonly distribution?: {
    readonly requests: number;
    readonly concurrency: number;
    readonly weights?: Readonly<Record<string, number>>;
    readonly toleranceAbsolute?: number;
    readonly maxTries: number;
    readonly mirrorPercent?: Readonly<Record<string, number>>;
    readonly minMirrored?: number;
    readonly maxMirrored?: number;
  };
}

export interface ProbeRequest {
  readonly method: string;
  readonly path: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocol: 'http' | 'https' | 'h2c' | 'h2' | 'ws';
  readonly scheme?: string;
  /** `namespace/name` of the Gateway; absent in a mesh case. */
  readonly gateway?: string;
  readonly port?: number;
  readonly sni?: string;
  readonly backendSetResponseHeaders?: Readonly<Record<string, string>>;
  /** Who calls, in a mesh case. */
  readonly from?: { readonly workload: string; readonly namespace: string };
  /** `Service:port` that is dialled, in a mesh case. */
  readonly connectTo?: string;
}

export interface Expectation {
  readonly status?: number;
  readonly statusAnyOf?: readonly number[];
  readonly officialAlsoAccepts?: readonly number[];
  readonly answeredByProxy?: boolean;
  readonly backend?: string;
  readonly backendNamespace?: string;
  readonly backendRequest?: {
    readonly path?: string;
    readonly method?: string;
    readonly host?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly absentHeaders?: readonly string[];
    readonly headerEqualsBackendName?: string;
  };
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseHeadersAnyOf?: Readonly<Record<string, readonly string[]>>;
  readonly absentResponseHeaders?: readonly string[];
  readonly ignoreWhitespaceInResponseHeaders?: boolean;
  readonly redirect?: {
    readonly status: number;
    readonly scheme?: string;
    readonly host?: string;
    readonly port?: string;
    readonly path?: string;
  };
  readonly mirroredTo?: readonly string[];
  readonly websocketEcho?: readonly {
    readonly sendText?: string;
    readonly receiveText?: string;
    readonly sendBinary?: readonly number[];
    readonly receiveBinary?: readonly number[];
  }[];
}

/** The cases of a folder that was given, and the manifests of the cluster that all of them assume. */
export interface CaseFolder {
  readonly cases: readonly ConformanceCase[];
  /** On TLS listeners, ReferenceGrants and Kubernetes' kinds of Services; scored apart. */
  readonly extra: readonly ConformanceCase[];
  readonly baseGateway: string;
  readonly baseMesh: string;
}

/** Reads `gateway-api/` of the conformance folder; `undefined` where there is none. */
export function readGatewayApiCases(folder: string): CaseFolder | undefined {
  const root = join(folder, 'gateway-api');
  if (!existsSync(join(root, 'cases'))) return undefined;
  return {
    cases: readCases(join(root, 'cases')),
    extra: existsSync(join(root, 'cases-extra')) ? readCases(join(root, 'cases-extra')) : [],
    baseGateway: readFileSync(join(root, 'manifests/base-gateway.yaml'), 'utf8'),
    baseMesh: readFileSync(join(root, 'manifests/base-mesh.yaml'), 'utf8'),
  };
}

function readCases(folder: string): ConformanceCase[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ConformanceCase);
}
