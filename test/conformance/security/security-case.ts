import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IssuerKeys } from '../world/mesh-under-test.ts';

/** A case of Istio's security tests and documentation; the folder's own README says what each field means. */
export interface SecurityCase {
  /** Name of its file, without `.json`: unique in its folder. */
  readonly id: string;
  readonly notes?: string | null;
  readonly manifests?: readonly string[];
  readonly requests?: readonly SecurityRequest[];
  /** Manifests of their own, each with requests: tables of what a matcher fits. */
  readonly suites?: readonly { readonly manifests: readonly string[]; readonly requests: readonly SecurityRequest[] }[];
  readonly world?: SecurityWorld;
  /** Namespace of the policy, account as it says it, and the expression that callers' ids must fit. */
  readonly regexTable?: readonly (readonly [namespace: string, account: string, expression: string])[];
}

export interface SecurityWorld {
  readonly trustDomain?: string;
  readonly target?: SecurityTarget & {
    readonly service: string;
    readonly ports?: Readonly<Record<string, { readonly servicePort: number; readonly workloadPort: number }>>;
  };
}

export interface SecurityTarget {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface SecurityCaller {
  readonly service?: string;
  readonly namespace?: string;
  readonly principal?: string | null;
  /** A whole id; null for nobody. */
  readonly spiffe?: string | null;
  readonly ip?: string;
  readonly via?: string;
}

export interface SecurityRequest {
  readonly name?: string;
  readonly from?: SecurityCaller;
  readonly protocol?: 'http' | 'grpc' | 'tcp';
  readonly port?: string | number;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** The name of the token that the headers hold. */
  readonly jwt?: string;
  /** What a token says; without `jwt` the case takes it for verified. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the request is for, where the case has several. */
  readonly target?: SecurityTarget;
  /** Labels of the case's target for this request. */
  readonly targetLabels?: Readonly<Record<string, string>>;
  readonly expect: 'allow' | 'deny' | '401' | '404';
  readonly status?: number;
  readonly grpcStatus?: string;
  /** Whether a policy that only watches fits. */
  readonly audit?: boolean;
  /** Whether a policy that is only tried would refuse. */
  readonly dryRunDeny?: boolean;
  readonly bodyContains?: string;
  readonly upstreamHeaders?: Readonly<Record<string, string>>;
  readonly upstreamHeadersAbsent?: readonly string[];
}

/** Reads folders of Istio's security cases in which all files but those named hold a case; `undefined` where there are none. */
export function readSecurityCases(
  folder: string,
  groups: readonly string[],
  others: readonly string[],
): readonly SecurityCase[] | undefined {
  const roots = groups.map((group) => join(folder, 'istio', group));
  if (!roots.every((root) => existsSync(root))) return undefined;
  return roots.flatMap((root) =>
    readdirSync(root)
      .filter((name) => name.endsWith('.json') && !others.includes(name))
      .sort()
      .map((name) => ({ ...readJson<SecurityCase>(join(root, name)), id: name.replace(/\.json$/, '') })),
  );
}

/** The public keys that the tokens of the cases are signed with; `undefined` where there are none. */
export function readIssuerKeys(folder: string): IssuerKeys | undefined {
  const path = join(folder, 'istio/jwt/tokens.json');
  if (!existsSync(path)) return undefined;
  const { jwks, samplesJwks } = readJson<{ readonly jwks: object; readonly samplesJwks: object }>(path);
  return { tests: jwks, samples: samplesJwks };
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
