/** The parts of documents that importers build. */
import type { Issue } from '../../model/findings/issue.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';

export type Route = NonNullable<ServiceDocument['routes']>[number];
export type Match = NonNullable<Route['matches']>[number];
export type Filter = NonNullable<Route['filters']>[number];
export type Backend = NonNullable<Route['backends']>[number];
export type Version = NonNullable<ServiceDocument['versions']>[string];
export type Balance = NonNullable<ServiceDocument['balance']>;
export type Outlier = NonNullable<ServiceDocument['outlier']>;
export type Listener = NonNullable<NonNullable<ServiceDocument['public']>['listeners']>[number];
export type Access = NonNullable<ServiceDocument['access']>;
export type AccessRule = NonNullable<Access['rules']>[number];
type One<T> = T extends readonly (infer TItem)[] ? TItem : T;
export type AccessFrom = One<NonNullable<AccessRule['from']>>;
export type AccessTo = One<NonNullable<AccessRule['to']>>;
export type AccessCondition = NonNullable<AccessRule['when']>[number];
export type AccessProvider = NonNullable<Access['providers']>[string];
export type JwtRule = NonNullable<NonNullable<ServiceDocument['authentication']>['jwt']>[number];
export type ValueMatch = NonNullable<Match['headers']>[number];

/** What a backend is to a document: a variant of the service that it is about, or another service. */
export type BackendTarget = { readonly version: string } | { readonly service: string };

/** A remark for the people who read the written document; it belongs to the value at `at`. */
export interface Comment {
  readonly at: readonly (string | number)[];
  readonly text: string;
}

/** A document that manifests became. */
export type ImportedDocument =
  | { readonly key: `service/${string}`; readonly value: ServiceDocument; readonly comments: readonly Comment[] }
  | { readonly key: 'mesh'; readonly value: MeshDocument; readonly comments: readonly Comment[] };

export interface Imported {
  readonly documents: readonly ImportedDocument[];
  readonly issues: readonly Issue[];
  /** `namespace/name` of every service and `gateway namespace/name` of every gateway that was met, with its name in the mesh. */
  readonly names: Readonly<Record<string, string>>;
}
